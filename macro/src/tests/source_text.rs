//! The text of an awaited operand, as documentation and messages show it.

use crate::source_text::source_text;

/// `text` comes out as it is.
#[track_caller]
fn kept(text: &str) {
    assert_eq!(source_text(text.parse::<proc_macro2::TokenStream>().unwrap()), text);
}

#[test]
fn calls_and_paths() {
    kept("event()");
    kept("f(g(), h(1))");
    kept("tokio::time::sleep(delay)");
}

#[test]
fn method_chains() {
    kept("src.read(&mut buf)");
    kept("self.pool.get()?.query(\"select 1\")");
    kept("a.0.b[1]");
}

#[test]
fn borrows_and_slices() {
    kept("f(&x)");
    kept("f(&mut x, &y[..n])");
    kept("write_all(&buf[1..2])");
}

#[test]
fn operators() {
    kept("sleep(a + b)");
    kept("f(a == b)");
    kept("f(!ready)");
}

#[test]
fn literals_keep_their_text() {
    kept("f(1u8, 'c', \"a  b\", r\"\\ x\")");
}

#[test]
fn macros_and_structs() {
    kept("write(format!(\"{x}\"))");
    kept("Fetch { url, retries: 3 }");
}

#[test]
fn unary_operators_turbofish_and_inclusive_ranges() {
    kept("send(*item)");
    kept("f(-1, a - 1, a * b)");
    kept("Vec::<u8>::new()");
    kept("write_all(&buf[1..=2])");
    kept("filter(|item| item.len() > 1)");
}
