fn main() {
    let _ = desugar::block!(1 + 1);
}
