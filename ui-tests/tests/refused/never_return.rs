use desugar::desugar;

#[desugar]
async fn serve() -> ! {
    loop {
        std::future::ready(()).await;
    }
}

async fn caller() {
    serve().await
}

fn main() {}
