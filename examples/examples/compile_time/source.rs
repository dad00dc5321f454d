//! The crate that is compiled: functions as applications have them, of four kinds in turn.

const HEAD: &str = "
#![allow(dead_code)]
use std::future::ready;

pub struct Error;

pub struct Source(pub u64);

impl Source {
    pub fn read(&mut self, bytes: &mut [u8]) -> impl Future<Output = Result<usize, Error>> + '_ {
        self.0 += bytes.len() as u64;
        ready(Ok(self.0 as usize % 7))
    }
}

pub fn look_up(n: usize, key: &str) -> impl Future<Output = String> + use<> {
    ready(format!(\"{key}{n}\"))
}

pub fn send(text: String) -> impl Future<Output = Result<u64, Error>> {
    ready(if text.is_empty() { Err(Error) } else { Ok(text.len() as u64) })
}

pub fn pause(n: u64) -> impl Future<Output = u64> {
    ready(n)
}
";

/// The library, with `attribute` on each of so many functions.
pub(crate) fn library(attribute: &str, functions: usize) -> String {
    let functions = (0..functions).map(|index| format!("{attribute}\n{}", function(index)));
    functions.fold(HEAD.to_owned(), |library, function| library + &function)
}

fn function(index: usize) -> String {
    match index % 4 {
        0 => format!(
            "pub async fn copy_{index}(mut source: Source) -> Result<u64, Error> {{
                let mut buffer = [0; 64];
                let mut total = 0;
                loop {{
                    let n = source.read(&mut buffer).await?;
                    if n == 0 {{
                        break;
                    }}
                    total += pause(n as u64).await;
                }}
                Ok(total)
            }}\n"
        ),
        1 => format!(
            "pub async fn chain_{index}(key: &str, n: usize) -> Result<u64, Error> {{
                let name = look_up(n, key).await;
                let first = send(name.clone()).await?;
                let second = send(name).await?;
                Ok(first + second)
            }}\n"
        ),
        2 => format!(
            "pub async fn branch_{index}(mut source: Source, which: Option<String>) -> Result<u64, Error> {{
                match which {{
                    Some(text) if text.len() > 3 => {{
                        let n = send(text).await?;
                        Ok(pause(n).await)
                    }}
                    Some(text) => send(text).await,
                    None => {{
                        let mut bytes = Vec::new();
                        bytes.resize(8, 0);
                        let n = source.read(&mut bytes).await?;
                        Ok(n as u64 + pause(1).await)
                    }}
                }}
            }}\n"
        ),
        _ => format!(
            "pub async fn retry_{index}(key: String) -> Option<u64> {{
                for attempt in 0..3 {{
                    let name = look_up(attempt, &key).await;
                    if let Ok(n) = send(name).await {{
                        return Some(n);
                    }}
                    pause(attempt as u64).await;
                }}
                None
            }}\n"
        ),
    }
}
