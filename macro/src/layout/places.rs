//! Rooms with names: the frame's fields, and the unions of what takes turns.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};

use super::sharing::Room;
use super::{Layout, Names};
use crate::ids::BindingId;
use crate::liveness::Tenant;

/// Where everything in the frame is.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The frame's fields beside its state.
    pub(crate) fields: Vec<(Ident, Place)>,
    /// How to get from the frame to a slot.
    pub(crate) paths: BTreeMap<Tenant, Vec<Step>>,
}

#[derive(Debug)]
pub(crate) enum Place {
    Slot(Tenant),
    Union(Union),
}

/// Storage that is used for one of its members at a time.
#[derive(Debug)]
pub(crate) struct Union {
    /// `TrivialShared`.
    pub(crate) ty: Ident,
    pub(crate) members: Vec<Member>,
    /// The member that is in use before the first poll: arguments are there, or nothing yet.
    pub(crate) first: usize,
}

/// A slot, or a tuple of several places.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: Ident,
    pub(crate) places: Vec<Place>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Field(Ident),
    Index(usize),
}

/// Names what is in `room`. `types`: the names of types that are taken.
pub(super) fn furnish(
    layout: &Layout,
    room: Room,
    parameters: &BTreeSet<BindingId>,
    function: &str,
    types: &mut Names,
) -> Places {
    let mut furnish = Furnish { layout, parameters, function, types, paths: BTreeMap::new() };
    let rooms = match room {
        Room::All(rooms) => rooms,
        room => vec![room],
    };
    let mut names = Names::avoiding(std::iter::once("state".to_owned()));
    let named = rooms.into_iter().map(|room| {
        let name = match &room {
            Room::One(tenant @ Tenant::Binding(_)) => layout.tenant_name(*tenant).to_string(),
            Room::One(Tenant::Awaitee(_)) => "awaitee".to_owned(),
            room if is_for_awaitees(room) => "awaitee".to_owned(),
            _ => "shared".to_owned(),
        };
        (names.fresh(&name, Span::mixed_site()), room)
    });
    let named: Vec<_> = named.collect();
    let fields = named.into_iter().map(|(name, room)| {
        let place = furnish.place(room, &[Step::Field(name.clone())]);
        (name, place)
    });
    let fields = fields.collect();
    Places { fields, paths: furnish.paths }
}

struct Furnish<'a> {
    layout: &'a Layout,
    parameters: &'a BTreeSet<BindingId>,
    function: &'a str,
    types: &'a mut Names,
    paths: BTreeMap<Tenant, Vec<Step>>,
}

impl Furnish<'_> {
    fn place(&mut self, room: Room, path: &[Step]) -> Place {
        let rooms = match room {
            Room::One(tenant) => {
                self.paths.insert(tenant, path.to_vec());
                return Place::Slot(tenant);
            }
            Room::OneOf(rooms) => rooms,
            Room::All(_) => unreachable!("what stands side by side is a union's member, or the frame"),
        };
        let room = Room::OneOf(rooms);
        let kind = if is_for_awaitees(&room) { "Awaitee" } else { "Shared" };
        let ty = self.types.fresh(&format!("{}{}", self.function, kind), Span::mixed_site());
        let rooms = match room {
            Room::OneOf(rooms) => rooms,
            _ => Vec::new(),
        };
        let with_argument = rooms.iter().position(|room| self.has_argument(room));
        let with_one = || rooms.iter().position(|room| matches!(room, Room::One(_)));
        let first = with_argument.or_else(with_one).unwrap_or(0);
        let mut names = Names::default();
        let members = rooms.into_iter().map(|room| self.member(room, path, &mut names)).collect();
        Place::Union(Union { ty, members, first })
    }

    fn member(&mut self, room: Room, path: &[Step], names: &mut Names) -> Member {
        let name = match &room {
            Room::One(tenant) => self.layout.tenant_name(*tenant).to_string(),
            room => format!("with_{}", tenants(room).first().map_or(String::new(), |first| self.plain_name(*first))),
        };
        let name = names.fresh(&name, Span::mixed_site());
        let path: Vec<Step> = path.iter().cloned().chain([Step::Field(name.clone())]).collect();
        let places = match room {
            Room::All(rooms) => {
                let places = rooms.into_iter().enumerate().map(|(index, room)| {
                    let path: Vec<Step> = path.iter().cloned().chain([Step::Index(index)]).collect();
                    self.place(room, &path)
                });
                places.collect()
            }
            room => vec![self.place(room, &path)],
        };
        Member { name, places }
    }

    fn plain_name(&self, tenant: Tenant) -> String {
        self.layout.tenant_name(tenant).to_string().trim_start_matches("r#").to_owned()
    }

    fn has_argument(&self, room: &Room) -> bool {
        tenants(room)
            .iter()
            .any(|tenant| matches!(tenant, Tenant::Binding(binding) if self.parameters.contains(binding)))
    }
}

/// Whether only what is awaited takes turns there, perhaps after arguments that wait.
fn is_for_awaitees(room: &Room) -> bool {
    let is_awaitee = |room: &Room| matches!(room, Room::One(Tenant::Awaitee(_)));
    match room {
        Room::OneOf(rooms) => rooms.iter().all(is_awaitee),
        _ => false,
    }
}

fn tenants(room: &Room) -> Vec<Tenant> {
    match room {
        Room::One(tenant) => vec![*tenant],
        Room::All(rooms) | Room::OneOf(rooms) => rooms.iter().flat_map(tenants).collect(),
    }
}

impl Place {
    /// All that have their place in it, in order.
    pub(crate) fn tenants(&self) -> Vec<Tenant> {
        match self {
            Place::Slot(tenant) => vec![*tenant],
            Place::Union(union) => {
                union.members.iter().flat_map(|member| &member.places).flat_map(Place::tenants).collect()
            }
        }
    }
}
