// differs: the block is a closure, and returns rather than may outlive

use desugar::desugar;

fn run<F: Future>(_: F) -> F::Output {
    loop {}
}

#[desugar]
fn f() -> &'static str {
    let text = String::from("text");
    run(async { text.as_str() })
}

fn main() {
    f();
}
