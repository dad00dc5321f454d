use desugar::desugar;

#[desugar]
async fn lines(text: String) -> impl Iterator<Item = String> {
    std::future::ready(()).await;
    text.lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

#[desugar]
async fn nested(text: String) -> Option<Box<impl Iterator<Item = u8>>> {
    std::future::ready(()).await;
    Some(Box::new(text.into_bytes().into_iter()))
}

async fn caller() {
    for line in lines(String::new()).await {
        println!("{line}");
    }
}

fn main() {}
