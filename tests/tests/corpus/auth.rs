//! Who may do what: logins, sessions, tokens that are refreshed, the code flow of OAuth, keys.

use crate::support::{db::*, http::*, sync::*, time::*, *};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    fmt,
    sync::Arc,
};

#[derive(Clone, Debug, PartialEq)]
pub enum AuthError {
    Invalid,
    Locked { tries: u32 },
    Expired(Duration),
    Denied { error: String, description: Option<String> },
    Http(HttpError),
    Db(DbError),
}

impl From<HttpError> for AuthError {
    fn from(error: HttpError) -> Self {
        AuthError::Http(error)
    }
}

impl From<DbError> for AuthError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::RowNotFound => AuthError::Invalid,
            error => AuthError::Db(error),
        }
    }
}

impl From<Infallible> for AuthError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub access: String,
    pub refresh: Option<String>,
    pub lifetime: Duration,
}

/// `access,refresh,seconds`.
impl std::str::FromStr for Token {
    type Err = ();

    fn from_str(text: &str) -> Result<Token, ()> {
        let mut parts = text.split(',');
        let mut next = || parts.next().ok_or(());
        let (access, refresh, seconds) = (next()?, next()?, next()?);
        let refresh = Some(refresh.to_string()).filter(|refresh| !refresh.is_empty());
        Ok(Token { access: access.to_string(), refresh, lifetime: Duration::from_secs(seconds.parse().map_err(drop)?) })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Guest,
    Member,
    Admin,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub user: u32,
    pub role: Role,
}

fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(status, body))
}

fn rows(text: &str) -> Result<Vec<Row>, DbError> {
    Ok(vec![row(text)])
}

twice! {
    /// The session of a name and a password; too many wrong ones lock the account.
    #[desugar]
    pub async fn log_in(db: &Db, name: &str, password: &str) -> Result<Session, AuthError> {
        const MAX_TRIES: u32 = 3;
        let user = query("select id, hash, tries, admin from users").bind(name).fetch_one(db).await?;
        let (id, tries) = (user.try_get("id")?, user.get::<u32>("tries"));
        if tries >= MAX_TRIES {
            return Err(AuthError::Locked { tries });
        }
        let hash: String = user.try_get("hash")?;
        let fits = value("hash", password.chars().rev().collect::<String>()).await == hash;
        let tries = if fits { 0 } else { tries + 1 };
        let mut tx = db.begin().await?;
        query("update users set tries = $1").bind(tries).bind(id).execute(&mut tx).await?;
        if !fits {
            tx.commit().await?;
            return Err(if tries < MAX_TRIES { AuthError::Invalid } else { AuthError::Locked { tries } });
        }
        query("insert into sessions").bind(id).execute(&mut tx).await?;
        tx.commit().await?;
        let role = if user.get("admin") { Role::Admin } else { Role::Member };
        Ok(Session { user: id, role })
    }

    pub struct TokenSource {
        client: Client,
        current: Lock<Option<(Token, Instant)>>,
        margin: Duration,
    }

    impl TokenSource {
        pub fn new(client: Client) -> Arc<Self> {
            Arc::new(TokenSource { client, current: Lock::new(None), margin: Duration::from_secs(10) })
        }

        /// A token that is good for a while; only one caller asks for a new one.
        #[desugar]
        pub async fn token(self: Arc<Self>) -> Result<String, AuthError> {
            let mut current = self.current.lock().await;
            if let Some((token, since)) = current.as_ref()
                && since.elapsed() + self.margin < token.lifetime
            {
                return Ok(token.access.clone());
            }
            let grant = match current.take() {
                Some((Token { refresh: Some(refresh), .. }, _)) => Cow::Owned(format!("refresh_token={refresh}")),
                Some(_) | None => Cow::Borrowed("client_credentials"),
            };
            let response = self.client.post("/token").body(grant).send().await?.error_for_status()?;
            let token: Token = response.json().await?;
            let (token, _) = current.insert((token, Instant::now()));
            Ok(token.access.clone())
        }
    }

    #[desugar]
    pub async fn three_tokens(source: Arc<TokenSource>) -> Vec<Result<String, AuthError>> {
        let mut tokens = vec![];
        for pause in [0, 5, 30] {
            sleep(Duration::from_secs(pause)).await;
            let token = source.clone().token().await;
            tokens.push(token);
        }
        tokens
    }

    /// From the code that the browser brings to a session.
    #[desugar]
    pub async fn finish_code_flow(
        client: &Client,
        db: &Db,
        parameters: &HashMap<&str, &str>,
        (state, verifier): (&str, String),
    ) -> Result<(Session, Token), AuthError> {
        let get = |name: &str| parameters.get(name).copied();
        if let Some(error) = get("error") {
            let description = get("error_description").map(str::to_owned);
            return Err(AuthError::Denied { error: error.to_owned(), description });
        }
        let (Some(code), true) = (get("code"), get("state") == Some(state)) else {
            return Err(AuthError::Invalid);
        };
        let body = format!("code={code}&code_verifier={verifier}");
        let token: Token = client.post("/token").body(body).send().await?.error_for_status()?.json().await?;
        let profile = client.get("/me").bearer_auth(&token.access).send().await?.error_for_status()?.text().await?;
        let Some((subject, _)) = profile.split_once(':') else {
            return Err(HttpError::Decode(profile).into());
        };
        let user = match query("select id from users where subject").bind(subject).fetch_optional(db).await? {
            Some(row) => row.try_get("id")?,
            None => query("insert into users").bind(subject).fetch_one(db).await?.try_get("id")?,
        };
        Ok((Session { user, role: Role::Guest }, token))
    }

    /// Asks for the token of a device until its owner has agreed.
    #[desugar]
    pub async fn poll_device_flow(
        client: &Client,
        device: &str,
        every: Duration,
        lifetime: Duration,
    ) -> Result<Token, AuthError> {
        let started = Instant::now();
        let mut every = every;
        let token = 'polls: loop {
            sleep(every).await;
            if started.elapsed() > lifetime {
                break 'polls Err(AuthError::Expired(started.elapsed()));
            }
            let response = client.post("/token").body(format!("device_code={device}")).send().await?;
            if response.status().is_success() {
                break 'polls Ok(response.json::<Token>().await?);
            }
            match response.text().await?.as_str() {
                "authorization_pending" => continue,
                "slow_down" => every += Duration::from_secs(5),
                error => break 'polls Err(AuthError::Denied { error: error.into(), description: None }),
            }
        };
        token.inspect(|token| info!("{device} has a token for {:?}", token.lifetime))
    }

    pub struct Keys<'c> {
        client: &'c Client,
        known: BTreeMap<u32, String>,
        fetched: Option<Instant>,
    }

    impl<'c> Keys<'c> {
        /// The key of that number; unknown ones are looked up, but not too often.
        #[desugar]
        pub async fn get(&mut self, id: u32) -> Result<Option<&str>, HttpError> {
            if !self.known.contains_key(&id) && self.fetched.is_none_or(|at| at.elapsed() > Duration::from_secs(60)) {
                let text = self.client.get("/keys").send().await?.error_for_status()?.text().await?;
                self.fetched = Some(Instant::now());
                self.known = text
                    .split(' ')
                    .filter_map(|pair| pair.split_once('='))
                    .filter_map(|(id, key)| Some((id.parse().ok()?, key.to_string())))
                    .collect();
            }
            Ok(self.known.get(&id).map(String::as_str))
        }

        /// Checks a token of three parts.
        #[desugar]
        pub async fn verify<'t>(&mut self, token: &'t str, now: u64) -> Result<&'t str, AuthError> {
            let parts: Vec<&str> = token.splitn(3, '.').collect();
            let [id, payload, signature] = parts[..] else { return Err(AuthError::Invalid) };
            let id = id.parse().map_err(|_| AuthError::Invalid)?;
            let key = self.get(id).await?.ok_or(AuthError::Invalid)?;
            if format!("{payload}{key}").len().to_string() != signature {
                return Err(AuthError::Invalid);
            }
            match payload.split_once('@').and_then(|(user, until)| Some((user, until.parse::<u64>().ok()?))) {
                Some((user, until)) if until > now => Ok(user),
                Some((_, until)) => Err(AuthError::Expired(Duration::from_secs(now - until))),
                None => Err(AuthError::Invalid),
            }
        }
    }

    #[desugar]
    pub async fn verify_all<'t>(client: Client, tokens: &[&'t str]) -> Vec<Result<&'t str, AuthError>> {
        let mut keys = Keys { client: &client, known: BTreeMap::new(), fetched: None };
        let mut users = Vec::new();
        for token in tokens {
            let user = keys.verify(token, 100).await;
            users.push(user);
        }
        users
    }

    /// Runs something if the session may do it, and writes down that it did.
    #[desugar]
    pub async fn guarded<A, R>(
        session: Option<&Session>,
        needed: Role,
        audit: &Lock<Vec<String>>,
        action: A,
    ) -> Result<R, AuthError>
    where
        A: AsyncFnOnce(&Session) -> Result<R, AuthError>,
        R: fmt::Debug,
    {
        let guest = Session { user: 0, role: Role::Guest };
        let session @ Session { user, role } = session.unwrap_or(&guest);
        if *role < needed {
            audit.lock().await.push(format!("{user} may not, as {role:?}"));
            return Err(AuthError::Denied { error: "role".to_string(), description: None });
        }
        let result = action(session).await;
        let text = match &result {
            Ok(value) => format!("{user} got {value:?}"),
            Err(error) => format!("{user} failed: {error:?}"),
        };
        audit.lock().await.push(text);
        result
    }

    #[desugar]
    async fn remove(session: &Session) -> Result<u32, AuthError> {
        match session {
            Session { user: user @ 1..=9, .. } => Ok(value("remove", *user).await),
            Session { .. } => Err(AuthError::Invalid),
        }
    }

    #[desugar]
    pub async fn guarded_removals() -> (Vec<bool>, Vec<String>) {
        let audit = Lock::new(Vec::new());
        let admin = Session { user: 3, role: Role::Admin };
        let results = [
            guarded(Some(&admin), Role::Admin, &audit, remove).await,
            guarded(Some(&Session { user: 10, ..admin.clone() }), Role::Member, &audit, remove).await,
            guarded(None, Role::Member, &audit, remove).await,
        ];
        let audit = std::mem::take(&mut *audit.lock().await);
        (results.iter().map(Result::is_ok).collect(), audit)
    }

    /// A new key beside the old one, which goes when the new one is used everywhere.
    #[desugar]
    pub async fn rotate_key(
        db: &Db,
        services: &mut [(&str, Sender<String>)],
        patience: usize,
    ) -> Result<String, (String, usize)> {
        let fresh = query("insert into keys").fetch_one(db).await.map(|row| row.get::<String>("key"));
        let fresh = fresh.map_err(|error| (error.to_string(), 0))?;
        let mut missed = services.len();
        for round in 0..=patience {
            missed = 0;
            for (name, sender) in services.iter_mut() {
                if let Err(Closed(key)) = sender.send(fresh.clone()).await {
                    warn!("round {round}: {name} did not get {key}");
                    missed += 1;
                }
            }
            if missed == 0 {
                query("delete from keys where key <>")
                    .bind(&fresh)
                    .execute(db)
                    .await
                    .map_err(|e| (e.to_string(), 0))?;
                return Ok(fresh);
            }
        }
        Err((fresh, missed))
    }
}

#[test]
fn logins() {
    let user = |tries: u32| ("select", rows(&format!("id=7 hash=terces tries={tries} admin=true")));
    compare_modules!(
        sendable(log_in(&Db::new([user(0)]), "ada", "secret")),
        sendable(log_in(&Db::new([user(2)]), "ada", "guess")),
        sendable(log_in(&Db::new([user(3)]), "ada", "secret")),
        sendable(log_in(&Db::new([user(0), ("insert", Err(DbError::Closed))]), "ada", "secret")),
        sendable(log_in(&Db::new([]), "ada", "secret")),
    );
}

#[test]
fn tokens() {
    compare_modules!(
        spawned(three_tokens(TokenSource::new(Client::new([answer(200, "a,r,40"), answer(200, "b,,40")])))),
        spawned(three_tokens(TokenSource::new(Client::new([answer(200, "a"), answer(401, ""), answer(200, "b,,99")])))),
    );
}

#[test]
fn a_code_flow() {
    let pair = || ("state", "verifier".to_string());
    let good = HashMap::from([("code", "c"), ("state", "state")]);
    let bad = HashMap::from([("code", "c"), ("state", "other")]);
    let denied = HashMap::from([("error", "denied")]);
    let client = || Client::new([answer(200, "a,,1"), answer(200, "ada:x")]);
    compare_modules!(
        sendable(finish_code_flow(&client(), &Db::new([("insert", rows("id=3"))]), &good, pair())),
        sendable(finish_code_flow(&client(), &Db::new([("select", rows("id=4"))]), &good, pair())),
        sendable(finish_code_flow(
            &Client::new([answer(200, "a,,1"), answer(200, "ada")]),
            &Db::new([]),
            &good,
            pair()
        )),
        sendable(finish_code_flow(&client(), &Db::new([]), &bad, pair())),
        sendable(finish_code_flow(&client(), &Db::new([]), &denied, pair())),
    );
}

#[test]
fn a_device_flow() {
    let (every, lifetime) = (Duration::from_secs(5), Duration::from_secs(20));
    let wait = || answer(400, "authorization_pending");
    compare_modules!(
        sendable(poll_device_flow(
            &Client::new([wait(), answer(400, "slow_down"), answer(200, "a,,9")]),
            "d",
            every,
            lifetime
        )),
        sendable(poll_device_flow(&Client::new([wait(), wait(), wait()]), "d", every * 2, lifetime)),
        sendable(poll_device_flow(&Client::new([answer(400, "denied")]), "d", every, lifetime)),
    );
}

#[test]
fn signed_tokens() {
    compare_modules!(
        sendable(verify_all(Client::new([answer(200, "1=key 2=k")]), &["1.ada@200.10", "2.bob@50.7"])),
        sendable(verify_all(Client::new([answer(200, "1=key")]), &["3.ada@200.10", "4.ada", "1.ada@200.9"])),
        sendable(verify_all(Client::new([]), &["1.ada@200.10"])),
    );
}

#[test]
fn guards_and_audits() {
    compare_modules!(guarded_removals());
}

#[test]
fn rotated_keys() {
    let gone = || channel([]).0;
    let (there, _kept) = channel([]);
    compare_modules!(
        sendable(rotate_key(&Db::new([("insert", rows("key=k"))]), &mut [("a", there.clone())], 1)),
        sendable(rotate_key(&Db::new([("insert", rows("key=k"))]), &mut [("a", there.clone()), ("b", gone())], 1)),
        sendable(rotate_key(&Db::new([]), &mut [], 1)),
    );
}
