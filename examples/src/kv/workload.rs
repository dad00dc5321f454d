//! Comes in: a seed and how much of everything. Goes out: a script for each client, with the answers that a
//! plain map gives. The same seed gives the same workload.
//!
//! No two clients use the same key, so an answer does not depend on who comes first. The server is not asked,
//! and none of its code is used, to find out what the answers should be.

use super::Map;

/// One line and its answer, both without line ends.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What the client sends.
    pub line: String,
    /// What the server has to say to it.
    pub expected: String,
}

/// What all clients of a server send, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// One script for each client.
    pub scripts: Vec<Vec<Exchange>>,
    /// What the server has to remember in the end.
    pub map: Map,
}

impl Workload {
    /// Draws `requests` lines, and deals them out to `clients` in turn.
    pub fn generate(seed: u64, clients: usize, requests: usize) -> Workload {
        let mut random = Random { state: seed };
        let mut workload = Workload { scripts: vec![Vec::new(); clients], map: Map::new() };
        for number in 0..requests {
            let client = number % clients;
            let exchange = draw(&mut random, client, number, &mut workload.map);
            workload.scripts[client].push(exchange);
        }
        workload
    }
}

const KEYS_OF_A_CLIENT: u64 = 40;
const NO_REQUESTS: [&str; 6] = ["", "GET", "DEL two words", "SET no-value", "PUT a b", "get a"];

/// One exchange, after which `map` is as the server has to have it.
fn draw(random: &mut Random, client: usize, number: usize, map: &mut Map) -> Exchange {
    let key = format!("client-{client}/key-{}", random.below(KEYS_OF_A_CLIENT));
    let held = map.get(&key).cloned();
    let (line, expected) = match (random.below(20), held) {
        (0..9, Some(value)) => (format!("GET {key}"), format!("VALUE {value}")),
        (0..9, None) => (format!("GET {key}"), "MISSING".to_owned()),
        (9..16, held) => {
            let value = format!("value {number}{}", " and more".repeat(random.below(4) as usize));
            let line = format!("SET {key} {value}");
            map.insert(key, value);
            (line, held.map_or("STORED".to_owned(), |old| format!("REPLACED {old}")))
        }
        (16..19, Some(value)) => {
            map.remove(&key);
            (format!("DEL {key}"), format!("DELETED {value}"))
        }
        (16..19, None) => (format!("DEL {key}"), "MISSING".to_owned()),
        _ => {
            let line = NO_REQUESTS[random.below(NO_REQUESTS.len() as u64) as usize];
            (line.to_owned(), "ERROR not a request".to_owned())
        }
    };
    Exchange { line, expected }
}

/// A linear congruential generator: enough to draw requests with, and the same everywhere.
struct Random {
    state: u64,
}

impl Random {
    /// A number below `bound`, taken from the upper half of the state, which is the one that varies well.
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 32) % bound
    }
}
