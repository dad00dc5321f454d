//! The compared functions, written once and compiled twice.

use crate::leaves::*;

desugar_examples::twice! {
    /// A loop with two awaits that borrow a buffer.
    pub(crate) async fn copy(mut source: Source, mut sink: Sink) -> Result<u64, Failed> {
        let mut buffer = [0; 512];
        let mut total = 0;
        loop {
            let n = source.read(&mut buffer).await?;
            if n == 0 {
                break;
            }
            sink.write_all(&buffer[..n]).await?;
            total += n as u64;
        }
        Ok(total + sink.0)
    }

    /// Three awaits in a row, each of which takes what the one before gave.
    pub(crate) async fn chain(number: u64) -> u64 {
        let connection = connect(number).await;
        let reply = ask(connection).await;
        evaluate(reply).await
    }

    /// Three calls deep, and an argument that is handed all the way down.
    pub(crate) async fn nested(request: Request) -> u64 {
        middle(request).await + 1
    }

    async fn middle(request: Request) -> u64 {
        inner(request).await + 1
    }

    async fn inner(request: Request) -> u64 {
        let waited = pause(3).await;
        request.digest() + waited
    }

    /// Tries until there is an answer, or an error.
    pub(crate) async fn retry(request: Request) -> Result<u64, Failed> {
        let mut attempt = 0;
        let answer = loop {
            if let Some(answer) = send(&request, attempt).await? {
                break answer;
            }
            attempt += 1;
            pause(attempt).await;
        };
        Ok(answer + attempt)
    }

    /// Branches, each of which awaits something else and keeps something else meanwhile.
    pub(crate) async fn branch(command: Command) -> u64 {
        match command {
            Command::Get(key) => look_up(key).await.digest(),
            Command::Set(key, record) => {
                let old = look_up(key).await;
                let stored = store(key, record).await;
                old.digest() + stored
            }
            Command::Sum(from, to) => {
                let mut sum = 0;
                for key in from..to {
                    sum += look_up(key).await.digest();
                }
                sum
            }
        }
    }
}
