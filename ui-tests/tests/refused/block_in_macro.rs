use desugar::desugar;

macro_rules! run {
    ($($block:tt)*) => {
        desugar::block_on($($block)*)
    };
}

#[desugar]
async fn length(text: String) -> usize {
    run!(async move { text.len() })
}

#[desugar]
fn double(n: u32) -> u32 {
    run!(async { 2 * n })
}

fn main() {
    drop((length(String::new()), double(1)));
}
