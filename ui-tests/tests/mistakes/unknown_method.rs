// reads as natively
use desugar::desugar;

struct Client;

impl Client {
    async fn fetch(&self) -> u32 {
        1
    }
}

#[desugar]
async fn run(client: Client) -> u32 {
    let n = client.fetsh().await;
    n + client.fetch().await.lenght()
}

#[desugar]
async fn after(client: Client) -> u32 {
    client.fetch().await;
    client.close()
}

fn main() {}
