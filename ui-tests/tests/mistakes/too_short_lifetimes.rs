// differs: the caret is on the first lifetime, not on the expression
use desugar::desugar;

struct Guard<'a>(&'a mut u32);
#[desugar]
async fn f<'a>(n: &'a mut u32) -> Guard<'static> {
    std::future::ready(()).await;
    Guard(n)
}

#[desugar]
async fn g(list: &mut Vec<&str>, word: &str) {
    std::future::ready(()).await;
    list.push(word);
}

#[desugar]
async fn h() -> &'static str {
    let s = String::new();
    std::future::ready(()).await;
    &s
}

fn call() -> impl Future<Output = ()> {
    let mut n = 1;
    async move {
        f(&mut n).await;
    }
}

#[desugar]
async fn i<T>(t: &T) -> &'static T {
    std::future::ready(()).await;
    t
}

fn main() {}
