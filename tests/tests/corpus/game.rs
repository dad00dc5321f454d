//! A game server: lobbies, turns, bots, matches, replays; values that are moved, lent and given back.

use crate::support::{net::*, sync::*, time::*, *};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, VecDeque},
    mem,
    ops::{ControlFlow, Not},
    sync::{Arc, Weak},
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    White,
    Black,
}

impl Not for Side {
    type Output = Side;

    fn not(self) -> Side {
        match self {
            Side::White => Side::Black,
            Side::Black => Side::White,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    Take(u8),
    Pass,
    Resign { why: String },
}

#[derive(Debug)]
pub enum GameError {
    Illegal { side: Side, given: Move },
    Left(Side),
    Full,
}

#[derive(Debug, PartialEq)]
pub enum Outcome {
    Won(Side),
    Draw,
}

/// Who makes moves.
pub struct Player {
    pub name: D,
    moves: VecDeque<Option<Move>>,
}

impl Player {
    pub fn new(name: &str, moves: &[Option<Move>]) -> Self {
        Player { name: D(name), moves: moves.iter().cloned().collect() }
    }

    pub async fn ask(&mut self, heap: u8) -> Option<Move> {
        pause(&format!("ask {} about {heap}", self.name)).await;
        self.moves.pop_front().flatten()
    }
}

fn taking(name: &str, numbers: &[u8]) -> Player {
    Player::new(name, &numbers.iter().map(|&n| Some(Move::Take(n))).collect::<Vec<_>>())
}

twice! {
    pub struct Match {
        players: [Player; 2],
        heap: u8,
        history: Vec<(Side, Move)>,
    }

    impl Match {
        pub fn new(white: Player, black: Player, heap: u8) -> Self {
            Match { players: [white, black], heap, history: Vec::new() }
        }

        fn player(&mut self, side: Side) -> &mut Player {
            &mut self.players[side as usize]
        }

        /// One turn; `Break` when the game is over.
        #[desugar]
        async fn turn(&mut self, side: Side) -> Result<ControlFlow<Outcome, Side>, GameError> {
            let heap = self.heap;
            let Some(answer) = self.player(side).ask(heap).await else {
                return Err(GameError::Left(side));
            };
            let next = match (&answer, heap) {
                (Move::Take(n @ 1..=3), left) if *n <= left => {
                    self.heap -= n;
                    if self.heap == 0 { ControlFlow::Break(Outcome::Won(side)) } else { ControlFlow::Continue(!side) }
                }
                (Move::Pass, _) if matches!(self.history.last(), Some((_, Move::Pass))) => {
                    ControlFlow::Break(Outcome::Draw)
                }
                (Move::Pass, _) => ControlFlow::Continue(!side),
                (Move::Resign { why }, _) => {
                    info!("{side:?} resigns: {why}");
                    ControlFlow::Break(Outcome::Won(!side))
                }
                (Move::Take(_), _) => return Err(GameError::Illegal { side, given: answer }),
            };
            self.history.push((side, answer));
            Ok(next)
        }

        /// Plays it to the end, and gives the players back.
        #[desugar]
        pub async fn play(mut self) -> (Result<Outcome, GameError>, [D; 2], usize) {
            let mut side = Side::White;
            let result = loop {
                match self.turn(side).await {
                    Ok(ControlFlow::Continue(next)) => side = next,
                    Ok(ControlFlow::Break(outcome)) => break Ok(outcome),
                    Err(GameError::Illegal { given: Move::Take(n), side }) if n > 3 => {
                        pause("warn").await;
                        self.history.push((side, Move::Take(n)));
                    }
                    Err(error) => break Err(error),
                }
            };
            let Match { players, history, heap: _heap } = self;
            (result, players.map(|player| player.name), history.len())
        }
    }

    #[desugar]
    pub async fn play_once(white: Player, black: Player, heap: u8) -> (Result<Outcome, GameError>, String, usize) {
        let (result, [white, black], turns) = Match::new(white, black, heap).play().await;
        let winner = match &result {
            Ok(Outcome::Won(Side::White)) => white,
            Ok(Outcome::Won(Side::Black)) => black,
            Ok(Outcome::Draw) | Err(_) => D("nobody"),
        };
        let length = winner.peek().await;
        (result, format!("{winner:>length$}"), turns)
    }

    pub struct Lobby {
        waiting: Lock<VecDeque<(Player, u32)>>,
        room: usize,
    }

    impl Lobby {
        /// Puts a player in, or takes the one out that fits best.
        #[desugar]
        pub async fn enter(
            self: &Arc<Self>,
            player: Player,
            rating: u32,
        ) -> Result<Option<(Player, Player)>, (Player, GameError)> {
            let mut waiting = self.waiting.lock().await;
            let best = waiting.iter().enumerate().min_by_key(|(_, (_, other))| other.abs_diff(rating));
            let best = best.filter(|(_, (_, other))| other.abs_diff(rating) < 100).map(|(at, _)| at);
            if let Some(at) = best {
                let (other, _) = waiting.remove(at).unwrap();
                drop(waiting);
                pause("tell both").await;
                return Ok(Some((player, other)));
            }
            if waiting.len() >= self.room {
                player.name.peek().await;
                return Err((player, GameError::Full));
            }
            waiting.push_back((player, rating));
            Ok(None)
        }

        /// Takes those out who have waited in vain.
        #[desugar]
        pub async fn clear(lobby: Weak<Self>) -> Option<Vec<String>> {
            let lobby = lobby.upgrade()?;
            let mut names = vec![];
            while let Some((player, rating)) = lobby.waiting.lock().await.pop_front() {
                player.name.peek().await;
                names.push(format!("{} ({rating})", player.name));
            }
            Some(names)
        }
    }

    #[desugar]
    pub async fn fill_the_lobby(ratings: &[u32]) -> (Vec<&'static str>, Option<Vec<String>>) {
        let lobby = Arc::new(Lobby { waiting: Lock::new(VecDeque::new()), room: 1 });
        let mut story = vec![];
        for rating in ratings {
            let player = taking(&format!("player {rating}"), &[]);
            let said = match lobby.enter(player, *rating).await {
                Ok(None) => "waits",
                Ok(Some((mut a, b))) => {
                    drop(b);
                    if a.ask(0).await.is_none() { "plays" } else { "never" }
                }
                Err((player, GameError::Full)) if player.name.name().ends_with('0') => "full",
                Err(_) => "no",
            };
            story.push(said);
        }
        let weak = Arc::downgrade(&lobby);
        (story, Lobby::clear(weak).await)
    }

    /// The best move by looking ahead, with what was seen before.
    #[desugar]
    pub async fn best_move(heap: u8, budget: &mut u32, seen: &mut BTreeMap<u8, bool>) -> Option<u8> {
        let mut stack = vec![(heap, 1u8)];
        while let Some((left, take)) = stack.pop() {
            if seen.contains_key(&left) {
                continue;
            }
            if left == 0 {
                seen.insert(0, false);
                continue;
            }
            match (take..=3.min(left)).find(|n| seen.get(&(left - n)) == Some(&false)) {
                Some(_) => drop(seen.insert(left, true)),
                None => match (take..=3.min(left)).find(|n| !seen.contains_key(&(left - n))) {
                    Some(n) => {
                        *budget = budget.checked_sub(1)?;
                        if *budget % 4 == 0 {
                            pause("yield").await;
                        }
                        stack.extend([(left, n), (left - n, 1)]);
                    }
                    None => drop(seen.insert(left, false)),
                },
            }
        }
        (1..=3.min(heap)).find(|n| !seen[&(heap - n)])
    }

    /// A player at the other end of a connection.
    #[desugar]
    pub async fn remote_move(io: &mut BufReader<Wire>, heap: u8, patience: Duration) -> Option<Move> {
        for attempt in 0..2 {
            let prompt = if attempt == 0 { format!("{heap} left\n") } else { "once more\n".to_owned() };
            io.write_all(prompt.as_bytes()).await.ok()?;
            let mut line = String::new();
            let read = timeout(patience, io.read_line(&mut line)).await;
            let Ok(Ok(1..)) = read else { break };
            return Some(match *line.trim().split(' ').collect::<Vec<_>>() {
                ["take", n] if let Ok(n) = n.parse() => Move::Take(n),
                ["pass"] => Move::Pass,
                ["resign", ref why @ ..] => Move::Resign { why: why.join(" ") },
                _ => continue,
            });
        }
        None
    }

    /// Everybody against everybody; the table, best first.
    #[desugar]
    pub async fn tournament(
        names: &[&str],
        mut result: impl FnMut(&str, &str) -> Leaf<Ordering>,
    ) -> Vec<(usize, String)> {
        let mut points: BTreeMap<&str, usize> = names.iter().map(|name| (*name, 0)).collect();
        for (at, white) in names.iter().enumerate() {
            for black in &names[at + 1..] {
                let (winner, loser) = match result(white, black).await {
                    Ordering::Greater => (white, black),
                    Ordering::Less => (black, white),
                    Ordering::Equal => {
                        for name in [white, black] {
                            *points.get_mut(name).unwrap() += value("draw", 1).await;
                        }
                        continue;
                    }
                };
                *points.entry(winner).or_default() += if loser < winner { 2 } else { 3 };
            }
        }
        let mut table: Vec<_> = points.into_iter().map(|(name, points)| (points, name.to_string())).collect();
        table.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.cmp(y)));
        table
    }

    /// Moves of a finished game, with a pause that depends on how long they took.
    #[desugar]
    pub async fn replay<'r, F>(record: &'r str, mut show: F) -> Result<u32, &'r str>
    where
        F: FnMut(Side, &'r str, Duration),
    {
        let mut side = Side::White;
        let mut rest = record;
        let mut shown = 0;
        while let Some((entry, tail)) = rest.split_once(';') {
            rest = tail;
            let (text, millis) = match entry.split_once('@') {
                Some((text, millis)) => (text, millis.parse::<u64>().map_err(|_| entry)?),
                None if entry.is_empty() => continue,
                None => (entry, 0),
            };
            let wait = Duration::from_millis(millis).clamp(Duration::ZERO, Duration::from_secs(1));
            if !wait.is_zero() {
                sleep(wait).await;
            }
            let next = !side;
            show(mem::replace(&mut side, next), text, wait);
            shown += 1;
        }
        if rest.is_empty() { Ok(shown) } else { Err(rest) }
    }
}

#[test]
fn games() {
    let moves = |list: &[Option<Move>]| Player::new("strange", list);
    compare_modules!(
        sendable(play_once(taking("ada", &[3, 1]), taking("bob", &[2]), 6)),
        sendable(play_once(taking("ada", &[9, 2]), moves(&[Some(Move::Resign { why: "late".to_string() })]), 6)),
        sendable(play_once(moves(&[Some(Move::Pass)]), moves(&[Some(Move::Pass)]), 6)),
        sendable(play_once(moves(&[None]), taking("bob", &[]), 6)),
        sendable(play_once(taking("ada", &[3]), taking("bob", &[]), 2)),
    );
}

#[test]
fn a_lobby() {
    compare_modules!(sendable(fill_the_lobby(&[100, 150, 200])), sendable(fill_the_lobby(&[100, 500, 905])));
}

#[test]
fn looking_ahead() {
    compare_modules!(
        sendable(best_move(5, &mut 99, &mut BTreeMap::new())),
        sendable(best_move(4, &mut 99, &mut BTreeMap::new())),
        sendable(best_move(9, &mut 3, &mut BTreeMap::new())),
    );
}

#[test]
fn a_player_far_away() {
    let io = |lines: &[&str]| BufReader::new(Wire::new("player", lines));
    let second = Duration::from_secs(1);
    compare_modules!(
        sendable(remote_move(&mut io(&["take 2\n"]), 5, second)),
        sendable(remote_move(&mut io(&["take x\n", "resign for now\n"]), 5, second)),
        sendable(remote_move(&mut io(&["?\n", "?\n"]), 5, second)),
        sendable(remote_move(&mut io(&["pass\n"]), 5, Duration::from_millis(10))),
    );
}

#[test]
fn a_tournament() {
    compare_modules!(
        sendable(tournament(&["a", "b", "c"], |white, black| value("game", white.cmp(black)))),
        sendable(tournament(&["a", "b"], |_, _| value("game", Ordering::Equal))),
    );
}

#[test]
fn a_replay() {
    let show = |side: Side, text: &str, wait: Duration| tick(&format!("{side:?} {text} {wait:?}"));
    compare_modules!(
        sendable(replay("e4@5;e5;Nf3@9000;", show)),
        sendable(replay("e4;;e5@x;", show)),
        sendable(replay("e4@5;rest", show)),
    );
}
