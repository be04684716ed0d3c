//! The names that a template's paths begin with, what is known of what they hold, and what is read of the input.

use super::{Expr, Path, Root, Step};
use crate::types::{Fact, Kinds, Type};
use std::cell::RefCell;
use std::rc::Rc;

/// What paths may begin with, beside the names that `$as` binds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names<'a> {
    pub(crate) input: Option<Type<'a>>,
    /// The type of `response.body`.
    pub(crate) response: Option<Type<'a>>,
    pub(crate) next: Option<Type<'a>>,
    pub(crate) items: Option<Type<'a>>,
    pub(crate) credentials: Option<Vec<String>>,
    /// What is read of the input, where somebody wants to know.
    pub(crate) reads: Option<InputReads>,
    /// Who wants to know what is known at a place.
    pub(crate) probe: Option<Probe<'a>>,
}

impl Names<'_> {
    /// Those of a connector's own templates: the input is that of any operation.
    pub(crate) fn of_any_input() -> Self {
        Self {
            input: Some(Type::any()),
            ..Self::default()
        }
    }
}

/// Takes down what is known at one place of a manifest, for its author. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Probe<'a> {
    pointer: Rc<str>,
    seen: Rc<RefCell<Option<(usize, Environment<'a>)>>>,
}

impl<'a> Probe<'a> {
    /// A probe for the place at this JSON Pointer, or for the nearest around it where a template stands.
    pub(crate) fn new(pointer: &str) -> Self {
        Self {
            pointer: pointer.into(),
            seen: Rc::default(),
        }
    }

    /// The compiler is at `pointer`, where these names hold.
    fn look(&self, pointer: &str, scope: &Environment<'a>) {
        let rest = self.pointer.strip_prefix(pointer);
        let around = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let mut seen = self.seen.borrow_mut();
        if !around
            || seen
                .as_ref()
                .is_some_and(|(length, _)| *length >= pointer.len())
        {
            return;
        }
        let mut scope = scope.clone();
        // What was seen must not hold what holds it.
        scope.names.probe = None;
        scope.names.reads = None;
        *seen = Some((pointer.len(), scope));
    }

    /// What was known there; nothing where no template stands.
    pub(crate) fn seen(&self) -> Option<Environment<'a>> {
        self.seen.take().map(|(_, scope)| scope)
    }
}

/// Every place of an input that templates read. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct InputReads(Rc<RefCell<Vec<Read>>>);

/// A place that is read, with all below it but some keys.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) steps: Vec<String>,
    pub(crate) except: Vec<String>,
}

/// Stands for every item of a list.
pub(crate) const EACH: &str = "*";

impl InputReads {
    pub(crate) fn add(&self, steps: Vec<String>) {
        let except = Vec::new();
        self.0.borrow_mut().push(Read { steps, except });
    }

    /// How many there are so far.
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// `omit` reads all but the keys that it names, `pick` those alone.
    pub(crate) fn of_keys(&self, at: usize, names: &[String], picked: bool) {
        let mut reads = self.0.borrow_mut();
        let Some(read) = reads.get_mut(at) else {
            return;
        };
        if !picked {
            read.except = names.to_vec();
            return;
        }
        let base = reads.remove(at).steps;
        for name in names {
            let mut steps = base.clone();
            steps.push(name.clone());
            reads.push(Read {
                steps,
                except: Vec::new(),
            });
        }
    }

    /// Is anything read of this place?
    pub(crate) fn reads(&self, place: &[String]) -> bool {
        let same =
            |a: &String, b: &String| a == b || (a == EACH && index(b)) || (b == EACH && index(a));
        self.0.borrow().iter().any(|Read { steps, except }| {
            let shared = steps.iter().zip(place).all(|(a, b)| same(a, b));
            let passed_over = place
                .get(steps.len())
                .is_some_and(|next| except.contains(next));
            shared && !passed_over
        })
    }
}

fn index(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}

/// A name that `$as` binds.
#[derive(Clone, Debug)]
pub(crate) struct Local<'a> {
    pub(crate) name: String,
    pub(crate) value: Type<'a>,
    /// Where in the input the values come from, when they do.
    pub(crate) origin: Option<Vec<String>>,
    /// The JSON Pointer of the mapping that binds it.
    pub(crate) place: String,
}

/// All names that hold at one place of a manifest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) locals: Vec<Local<'a>>,
}

impl<'a> Environment<'a> {
    pub(crate) fn local(&self, up: usize) -> Option<&Local<'a>> {
        self.locals.get(self.locals.len().checked_sub(1 + up)?)
    }

    /// Tells who wants to know that the compiler has come to `pointer`.
    pub(crate) fn show(&self, pointer: &str) {
        if let Some(probe) = &self.names.probe {
            probe.look(pointer, self);
        }
    }

    /// What a path may begin with here.
    pub(crate) fn roots(&self) -> Vec<&str> {
        let Names {
            input,
            response,
            next,
            items,
            credentials,
            ..
        } = &self.names;
        let mut roots: Vec<&str> = self
            .locals
            .iter()
            .map(|local| local.name.as_str())
            .collect();
        roots.extend(input.is_some().then_some("input"));
        roots.extend(response.is_some().then_some("response"));
        roots.extend(next.is_some().then_some("next"));
        roots.extend(items.is_some().then_some("items"));
        roots.extend(credentials.is_some().then_some("credentials"));
        roots
    }

    fn root(&self, root: Root) -> Type<'a> {
        let known = match root {
            Root::Input => self.names.input.clone(),
            Root::Body => self.names.response.clone(),
            Root::Items => self.names.items.clone(),
            Root::Next => self.names.next.clone(),
            Root::Local(up) => self.local(up).map(|local| local.value.clone()),
            Root::Status => Some(Type::kind(Kinds::INTEGER)),
            Root::Text => Some(Type::kind(Kinds::TEXT)),
            Root::Headers | Root::Credentials => Some(Type::kind(Kinds::OBJECT)),
        };
        known.unwrap_or_default()
    }

    /// What is known of the value at a path.
    pub(crate) fn at(&self, path: &Path) -> Type<'a> {
        if let (Root::Headers | Root::Credentials, [_, ..]) = (path.root, path.steps.as_slice()) {
            return Type::kind(Kinds::TEXT).or_missing();
        }
        let mut value = self.root(path.root);
        for Step { key, .. } in &path.steps {
            value = value.child(key).unwrap_or_else(|_| Type::absent());
        }
        value
    }

    /// Where in the input the value at a path comes from, when it does.
    pub(crate) fn origin(&self, path: &Path) -> Option<Vec<String>> {
        let mut steps = match path.root {
            Root::Input => Vec::new(),
            Root::Local(up) => self.local(up)?.origin.clone()?,
            _ => return None,
        };
        steps.extend(path.steps.iter().map(|step| step.key.clone()));
        Some(steps)
    }

    /// Takes something for known from here on.
    pub(crate) fn learn(&mut self, path: &Path, fact: &Fact) {
        let known = match path.root {
            Root::Input => self.names.input.as_mut(),
            Root::Body => self.names.response.as_mut(),
            Root::Items => self.names.items.as_mut(),
            Root::Next => self.names.next.as_mut(),
            Root::Local(up) => {
                let at = self.locals.len().checked_sub(1 + up);
                at.and_then(|at| self.locals.get_mut(at))
                    .map(|local| &mut local.value)
            }
            _ => None,
        };
        if let Some(known) = known {
            let steps: Vec<&str> = path.steps.iter().map(|step| step.key.as_str()).collect();
            *known = known.knowing(&steps, fact);
        }
    }
}

/// What is known where a condition is met, and where it is not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) met: Vec<(Path, Fact)>,
    pub(crate) unmet: Vec<(Path, Fact)>,
}

impl Facts {
    /// What an expression shows when it is a condition.
    pub(crate) fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Literal(_) => Self::default(),
            Expr::Path(path) => Self::both(path, Fact::Holds, Fact::Fails),
            Expr::Call(helper, arguments) => Self::of_call(helper.name, arguments),
        }
    }

    fn both(path: &Path, met: Fact, unmet: Fact) -> Self {
        Self {
            met: vec![(path.clone(), met)],
            unmet: vec![(path.clone(), unmet)],
        }
    }

    fn met(path: &Path, fact: Fact) -> Self {
        Self {
            met: vec![(path.clone(), fact)],
            unmet: Vec::new(),
        }
    }

    fn swapped(self) -> Self {
        Self {
            met: self.unmet,
            unmet: self.met,
        }
    }

    fn of_call(name: &str, arguments: &[Expr]) -> Self {
        let each = || arguments.iter().map(Self::of);
        match (name, arguments) {
            ("not", [of]) => Self::of(of).swapped(),
            // When all are met, so is each; when it is not, any of them may be the one.
            ("and" | "or", [only]) => Self::of(only),
            ("and", _) => Self {
                met: each().flat_map(|facts| facts.met).collect(),
                unmet: Vec::new(),
            },
            ("or", _) => Self {
                met: Vec::new(),
                unmet: each().flat_map(|facts| facts.unmet).collect(),
            },
            (
                "eq",
                [Expr::Path(path), Expr::Literal(value)] | [Expr::Literal(value), Expr::Path(path)],
            ) => {
                if value.is_number() {
                    // 1 and 1.0 are the same: which of them it is stays open.
                    return Self::met(path, Fact::Is(Kinds::NUMBER));
                }
                Self::both(
                    path,
                    Fact::Equals(value.clone()),
                    Fact::Differs(value.clone()),
                )
            }
            ("ne", _) => Self::of_call("eq", arguments).swapped(),
            ("eq", [Expr::Call(helper, inner), Expr::Literal(value)]) => {
                match (inner.as_slice(), value.as_str()) {
                    ([Expr::Path(path)], Some(key)) if helper.name == "only_key" => {
                        Self::met(path, Fact::OnlyKey(key.to_owned()))
                    }
                    _ => Self::default(),
                }
            }
            ("is", [Expr::Path(path), Expr::Literal(kind)]) => match kind.as_str() {
                Some("missing") => Self::both(path, Fact::Missing, Fact::There),
                Some(kind) => match super::helpers::kinds_named(kind) {
                    Some(kinds) => Self::both(path, Fact::Is(kinds), Fact::IsNot(kinds)),
                    None => Self::default(),
                },
                None => Self::default(),
            },
            // These are false for missing and null.
            ("contains" | "starts_with" | "lt" | "gt", [Expr::Path(path), _]) => {
                Self::met(path, Fact::Is(!Kinds::NULL))
            }
            _ => Self::default(),
        }
    }
}
