//! A variable without a value, handed to a macro that is not known: it can only be assigned there.

macro_rules! set {
    ($place:expr, $value:expr) => {
        $place = $value
    };
}

#[desugar::desugar]
async fn name(given: bool) -> usize {
    let name;
    if given {
        name = String::from("given");
    } else {
        set!(name, String::from("made up"));
    }
    std::future::ready(()).await;
    name.len()
}

fn main() {}
