#![allow(unused, clippy::all)]
use desugar_tests::*;
use std::ops::*;

struct N(usize, D);
impl AddAssign<usize> for N {
    fn add_assign(&mut self, n: usize) {
        tick("add_assign");
        self.0 += n;
    }
}
impl Index<usize> for N {
    type Output = usize;
    fn index(&self, i: usize) -> &usize {
        tick("index");
        &self.0
    }
}
impl IndexMut<usize> for N {
    fn index_mut(&mut self, i: usize) -> &mut usize {
        tick("index_mut");
        &mut self.0
    }
}
fn at(n: usize) -> usize {
    tick("at");
    n
}
async fn num(n: usize) -> usize {
    pause("num").await;
    n
}

#[test]
fn compound_overloaded() {
    compare! { body();
    #[desugar] async fn body() -> usize {
        let mut n = N(1, D("n"));
        n += num(2).await;
        n[at(0)] += num(3).await;
        n[at(0)] = num(4).await;
        n.0 } }
}

#[test]
fn closures_in_operands() {
    compare! { body();
    #[desugar] async fn body() -> usize {
        let mut total = 0;
        let d = D("d");
        let mut add = |n: usize| { tick("add"); total += n + d.name().len(); total };
        let a = add(num(1).await) + add(num(2).await);
        drop(d);
        a + total } }
}

#[test]
fn labels_and_values() {
    compare! { body(3); body(7);
    #[desugar] async fn body(k: usize) -> usize {
        let d = D("outer");
        let r = 'a: {
            let e = D("e");
            for i in 0..5 {
                let f = fetch("f").await;
                if num(i).await == k { break 'a consume(f).await; }
                if i == 1 { continue; }
                let _g = (D("g"), num(i).await);
            }
            let h = D("h");
            num(100).await
        };
        r + d.name().len() } }
}

#[test]
fn while_let_stack() {
    compare! { body();
    #[desugar] async fn body() -> usize {
        let mut stack = vec![D("1"), D("2")];
        let mut n = 0;
        while let Some(top) = stack.pop() {
            n += show(&top).await.len();
            if n == 2 { stack.push(fetch("3").await); }
            let Some(x) = Some(top).filter(|t| n < 4) else { pause("else").await; break };
            n += consume(x).await;
        }
        n } }
}

#[test]
fn match_refs() {
    compare! { body(Some(D("some"))); body(None);
    #[desugar] async fn body(mut o: Option<D>) -> usize {
        let n = match &mut o { Some(d) => { d.rename("x"); show(d).await.len() } None => num(0).await };
        let m = match o { Some(d) => consume(d).await, None => { pause("n").await; 2 } };
        n + m } }
}

#[test]
fn nested_awaits() {
    compare! { body();
    #[desugar] async fn body() -> usize {
        async fn add(a: D, n: usize, b: D) -> usize { pause("add").await; n }
        add(D("a"), add(fetch("b").await, num(1).await, D("c")).await, fetch("d").await).await
            + [num(1).await, num(2).await][num(1).await]
            + (num(1).await..num(5).await).len() } }
}

#[test]
fn try_in_args() {
    compare! { body(true); body(false);
    #[desugar] async fn body(ok: bool) -> Result<usize, String> {
        async fn may(ok: bool) -> Result<D, String> { pause("may").await; if ok { Ok(D("ok")) } else { Err("no".into()) } }
        fn two(a: D, b: D, c: usize) -> usize { tick("two"); c }
        Ok(two(D("first"), may(ok).await?, show(&may(true).await?).await.len())) } }
}

#[test]
fn struct_update() {
    compare! { body();
    #[desugar] async fn body() -> (D, D, usize) {
        struct S { a: D, b: D, n: usize }
        fn base() -> S { S { a: D("base a"), b: D("base b"), n: 1 } }
        let s = S { a: fetch("a").await, n: num(2).await, ..base() };
        let t = S { b: fetch("tb").await, ..{ s } };
        (t.a, t.b, t.n) } }
}

#[test]
fn shadow_and_defer() {
    compare! { body(true); body(false);
    #[desugar] async fn body(b: bool) -> usize {
        let d = D("1"); let d = (d, D("2")); let x;
        if b { pause("p").await; x = D("x1"); } else { x = fetch("x2").await; }
        let d = { pause("q").await; { d }.0 };
        let y: D;
        loop { if num(1).await == 1 { y = x; break; } }
        d.name().len() + consume(y).await } }
}

#[test]
fn let_chain() {
    compare! { body(Some(1)); body(None);
    #[desugar] async fn body(o: Option<usize>) -> usize {
        if let Some(n) = o && let m = num(n).await && m == 1 && let Ok(d) = Ok::<D, ()>(fetch("d").await) && show(&d).await.len() > 0 {
            consume(d).await } else if show(&D("t")).await.len() == 9 { 5 } else { num(7).await } } }
}
