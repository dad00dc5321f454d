use desugar::desugar;

#[desugar(max_size = 64)]
async fn fits(bytes: [u8; 16]) -> u8 {
    std::future::ready(()).await;
    bytes[3]
}

#[desugar(max_size = 64)]
async fn too_large(bytes: [u8; 512]) -> u8 {
    std::future::ready(()).await;
    bytes[3]
}

#[desugar(max_size = 64)]
async fn depends<T: Clone + 'static>(value: T) -> T {
    std::future::ready(()).await;
    value.clone()
}

fn main() {
    desugar::block_on(fits([0; 16]));
    desugar::block_on(too_large([0; 512]));
    desugar::block_on(depends(1u8));
    desugar::block_on(depends([0u64; 32]));
}
