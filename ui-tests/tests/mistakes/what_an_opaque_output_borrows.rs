// differs: said once, and of the attribute or the `fn`
use desugar::desugar;

#[desugar]
async fn of_a_local(text: String) -> impl Iterator<Item = char> {
    std::future::ready(()).await;
    text.chars()
}

#[desugar]
async fn of_the_other<'a>(first: &'a str, other: &str) -> impl Iterator<Item = char> + use<'a> {
    let both = [first, other];
    std::future::ready(()).await;
    both[1].chars()
}

#[desugar]
async fn of_both(first: &str, other: &str) -> impl Iterator<Item = char> {
    let chars = first.chars();
    std::future::ready(()).await;
    chars.chain(other.chars())
}

#[desugar]
async fn caller() {
    let first = String::from("first");
    let chars = {
        let other = String::from("other");
        of_both(&first, &other).await
    };
    drop(chars);
}

#[desugar]
async fn not_as_declared(n: u32) -> impl Iterator<Item = char> {
    std::future::ready(()).await;
    0..n
}

fn main() {}
