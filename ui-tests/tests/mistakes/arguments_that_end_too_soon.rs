// reads as natively
use desugar::desugar;

trait Store {
    fn put(&self, key: &str, value: &str) -> impl Future<Output = usize>;
}

struct Memory;

#[desugar]
impl Store for Memory {
    async fn put(&self, key: &str, value: &str) -> usize {
        let both = [key, value];
        std::future::ready(()).await;
        both.concat().len()
    }
}

#[desugar]
async fn put(key: &str, value: &str) -> usize {
    let both = [key, value];
    std::future::ready(()).await;
    both.concat().len()
}

fn method(memory: &Memory, key: &str) {
    let future = {
        let value = String::from("value");
        memory.put(key, &value)
    };
    drop(future);
}

fn through(store: &impl Store, key: &str) {
    let mut value = String::from("value");
    let future = store.put(key, &value);
    value.push('s');
    drop(future);
}

fn function(key: &str) {
    let mut value = String::from("value");
    let future = put(key, &value);
    drop(value);
    drop(future);
}

fn turned_around(value: &str) {
    let key = String::from("key");
    let future = put(&key, value);
    drop(key);
    drop(future);
}

fn main() {}
