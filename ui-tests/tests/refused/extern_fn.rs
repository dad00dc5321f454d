use desugar::desugar;

#[desugar]
extern "C" fn on_event(event: u32) -> u32 {
    std::future::ready(event).await
}

#[desugar]
async extern "C" fn on_other_event(event: u32) -> u32 {
    std::future::ready(event).await
}

fn main() {}
