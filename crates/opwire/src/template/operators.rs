//! Operators: mappings whose keys begin with `$`.

use super::eval::text_of;
use super::names::{EACH, Local};
use super::parse::{Compiler, Typed, wrong};
use super::{Expr, Path, Root, Template};
use crate::diagnostic::Code;
use crate::manifest::Meant;
use crate::types::{Fact, Fields, Kinds, Type};
use serde_json::{Map as JsonMap, Value};

/// `$each` may stand in `$each` this deep: 100 items thrice nested are a million already.
pub(crate) const MAX_EACH_DEPTH: usize = 3;

pub(crate) const OPERATORS: [&str; 14] = [
    "$each",
    "$as",
    "$where",
    "$map",
    "$if",
    "$then",
    "$else",
    "$switch",
    "$cases",
    "$default",
    "$spread",
    "$concat",
    "$pairs",
    "$omit_empty",
];

/// A mapping: keys in order, perhaps with a `$spread` among them.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    pub(crate) entries: Vec<Entry>,
    /// `$omit_empty: true`: keys whose value is `[]`, `{}` or `""` are dropped.
    pub(crate) omit_empty: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Key(String, Template),
    /// The keys of an object, but for those written out here and those that `omit` names.
    Spread {
        source: Template,
        except: Vec<String>,
    },
}

/// `{$each: list, $as: name, $where: condition, $map: template}`
#[derive(Clone, Debug)]
pub(crate) struct Each {
    pub(crate) list: Template,
    pub(crate) condition: Option<Template>,
    pub(crate) item: Template,
}

/// `{$if: condition, $then: template, $else: template}`
#[derive(Clone, Debug)]
pub(crate) struct If {
    pub(crate) condition: Template,
    pub(crate) then: Template,
    pub(crate) otherwise: Option<Template>,
}

/// `{$switch: value, $cases: {name: template}, $default: template}`
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    pub(crate) value: Template,
    pub(crate) cases: Vec<(String, Template)>,
    pub(crate) default: Option<Template>,
}

impl<'a> Compiler<'a> {
    /// A mapping: an operator, or keys with templates.
    pub(super) fn mapping(&mut self, map: &JsonMap<String, Value>) -> Typed<'a> {
        for (head, rest) in [
            ("$each", &["$as", "$where", "$map"][..]),
            ("$if", &["$then", "$else"][..]),
            ("$switch", &["$cases", "$default"][..]),
            ("$concat", &[][..]),
            ("$pairs", &[][..]),
        ] {
            if let Some(value) = map.get(head) {
                self.only(map, head, rest);
                return match head {
                    "$each" => self.each(map, value),
                    "$if" => self.branch(map, value),
                    "$switch" => self.switch(map, value),
                    "$concat" => self.concat(value),
                    _ => self.pairs(value),
                };
            }
        }
        self.keys(map)
    }

    fn only(&mut self, map: &JsonMap<String, Value>, head: &str, rest: &[&str]) {
        for key in map
            .keys()
            .filter(|key| *key != head && !rest.contains(&key.as_str()))
        {
            let help = if rest.is_empty() {
                format!("`{head}` stands alone in its mapping")
            } else {
                format!("beside `{head}` stand only {}", rest.join(", "))
            };
            let message = format!("`{key}` can't stand beside `{head}`");
            self.at(key, |this| {
                this.fault(Code::BadOperator, message).on_key().help(help);
            });
        }
    }

    fn each(&mut self, map: &JsonMap<String, Value>, list: &Value) -> Typed<'a> {
        if self.each_depth() >= MAX_EACH_DEPTH {
            self.fault(Code::BadOperator, "`$each` is nested deeper than 3 levels");
            return wrong();
        }
        let (list, of) = self.at("$each", |this| {
            this.wanted(list, Kinds::LIST, "what `$each` goes through")
        });
        let name = match map.get("$as") {
            None => "item".to_owned(),
            Some(Value::String(name)) if is_name(name) => name.clone(),
            Some(_) => {
                self.at("$as", |this| {
                    this.fault(
                        Code::BadOperator,
                        "`$as` takes a name of letters, digits and _",
                    )
                    .help("and not input, response, items, next or credentials");
                });
                "item".to_owned()
            }
        };
        let local = Local {
            name,
            value: of.item(),
            origin: self.origin_of_items(&list),
            place: self.pointer.clone(),
        };
        let (condition, (item, item_type)) = self.bound(local, |this| {
            let condition = map
                .get("$where")
                .map(|value| this.at("$where", |this| this.condition(value)));
            let (condition, facts) = condition.unzip();
            let met = facts.map(|facts| facts.met).unwrap_or_default();
            let item = this.knowing(&met, |this| match map.get("$map") {
                Some(value) => this.at("$map", |this| this.typed(value)),
                None => this.item_itself(),
            });
            (condition, item)
        });
        let may_be_empty = of.may_be_empty() || condition.is_some() || item_type.missing;
        let result = Type::list(item_type, may_be_empty).missing_as(of.may_lack());
        let each = Each {
            list,
            condition,
            item,
        };
        (Template::Each(Box::new(each)), result)
    }

    fn item_itself(&mut self) -> Typed<'a> {
        let path = Path {
            root: Root::Local(0),
            steps: Vec::new(),
        };
        let of = self.scope.at(&path);
        self.note(&path);
        (Template::Expr(Expr::Path(path)), of)
    }

    /// Where in the input a list's items come from, when they do.
    fn origin_of_items(&self, list: &Template) -> Option<Vec<String>> {
        let Template::Expr(Expr::Path(path)) = list else {
            return None;
        };
        let mut origin = self.scope.origin(path)?;
        origin.push(EACH.to_owned());
        Some(origin)
    }

    fn branch(&mut self, map: &JsonMap<String, Value>, condition: &Value) -> Typed<'a> {
        let (condition, facts) = self.at("$if", |this| this.condition(condition));
        let Some(then) = map.get("$then") else {
            self.fault(Code::BadOperator, "`$if` needs a `$then`");
            return wrong();
        };
        let (then, mut of) =
            self.knowing(&facts.met, |this| this.at("$then", |this| this.typed(then)));
        let otherwise = map.get("$else").map(|value| {
            self.knowing(&facts.unmet, |this| {
                this.at("$else", |this| this.typed(value))
            })
        });
        let (otherwise, other) = otherwise.unzip();
        of = of.or(other.unwrap_or_else(Type::absent));
        let branch = If {
            condition,
            then,
            otherwise,
        };
        (Template::If(Box::new(branch)), of)
    }

    fn switch(&mut self, map: &JsonMap<String, Value>, value: &Value) -> Typed<'a> {
        let (value, on) = self.at("$switch", |this| this.typed(value));
        let Some(Value::Object(cases)) = map.get("$cases") else {
            self.fault(
                Code::BadOperator,
                "`$switch` needs `$cases`, a mapping from value to template",
            );
            return wrong();
        };
        let mut result = Type::never();
        let cases: Vec<(String, Template)> = self.at("$cases", |this| {
            let each = cases.iter().map(|(name, template)| {
                let (template, of) = this.case(&value, &on, name, |this| this.typed(template));
                result = std::mem::replace(&mut result, Type::never()).or(of);
                (name.clone(), template)
            });
            each.collect()
        });
        let default = map.get("$default").map(|template| {
            let facts = rest_of_switch(&value, &on, &cases);
            self.knowing(&facts, |this| {
                this.at("$default", |this| this.typed(template))
            })
        });
        let (default, other) = default.unzip();
        let names: Vec<&str> = cases.iter().map(|(name, _)| name.as_str()).collect();
        if !all_cases(&on, &names) {
            result = result.or(other.unwrap_or_else(Type::absent));
        }
        let switch = Switch {
            value,
            cases,
            default,
        };
        (Template::Switch(Box::new(switch)), result)
    }

    /// What stands under a case's name, where the value is known to be that name.
    pub(crate) fn case<T>(
        &mut self,
        value: &Template,
        on: &Type<'a>,
        name: &str,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.at(name, |this| {
            if !may_be_named(on, name) {
                let message = format!("this case never comes: the value is {}", on.told());
                this.fault(Code::ConstantCondition, message)
                    .warning()
                    .on_key();
            }
            let facts = facts_of_case(value, on, name);
            this.knowing(&facts, work)
        })
    }

    fn concat(&mut self, lists: &Value) -> Typed<'a> {
        let Value::Array(lists) = lists else {
            self.fault(Code::BadOperator, "`$concat` takes a list of lists");
            return wrong();
        };
        let (mut parts, mut item, mut empty) = (Vec::new(), Type::never(), true);
        self.at("$concat", |this| {
            for (index, list) in lists.iter().enumerate() {
                let (part, of) = this.at(&index.to_string(), |this| {
                    this.wanted(list, Kinds::LIST, "each part of `$concat`")
                });
                empty &= of.may_be_empty() || of.may_lack();
                let items = of.item();
                item = std::mem::replace(&mut item, Type::never()).or(items);
                parts.push(part);
            }
        });
        (Template::Concat(parts), Type::list(item, empty))
    }

    fn pairs(&mut self, list: &Value) -> Typed<'a> {
        let (list, of) = self.at("$pairs", |this| {
            this.wanted(list, Kinds::LIST, "what `$pairs` lays out")
        });
        (Template::Pairs(Box::new(list)), of)
    }

    fn keys(&mut self, map: &JsonMap<String, Value>) -> Typed<'a> {
        let own: Vec<String> = map.keys().map(|key| plain_key(key)).collect();
        let omit_empty = self.omit_empty(map);
        let (mut entries, mut fields) = (Vec::with_capacity(map.len()), Fields::default());
        let mut may_omit = false;
        let mut spread_type = None;
        for (key, value) in map {
            match key.as_str() {
                "$spread" => {
                    let (source, of) = self.at(key, |this| {
                        this.wanted(value, Kinds::OBJECT, "what `$spread` puts here")
                    });
                    may_omit = true;
                    entries.push(spread(source, &own));
                    spread_type = Some(of);
                }
                "$omit_empty" => {}
                key if key.starts_with('$') && !key.starts_with("$$") => self.unknown_operator(key),
                key => {
                    let (template, mut of) = self.at(key, |this| this.typed(value));
                    if omit_empty && of.may_be_empty() {
                        may_omit = true;
                        of.missing = true;
                    }
                    fields.set(&plain_key(key), of);
                    entries.push(Entry::Key(plain_key(key), template));
                }
            }
        }
        if omit_empty && !may_omit {
            self.at("$omit_empty", |this| {
                this.fault(
                    Code::UselessOmitEmpty,
                    "no key of this mapping can be empty, so none is ever dropped",
                )
                .warning()
                .on_key()
                .help("leave `$omit_empty` away");
            });
        }
        let of = Type::object(spread_over(fields, spread_type, &own, omit_empty));
        // Not the mapping as written: a text in it may have been one with `\{{`.
        let literal = |entry: &Entry| match entry {
            Entry::Key(name, template) => Some((name.clone(), template.literal()?.clone())),
            Entry::Spread { .. } => None,
        };
        if !omit_empty && let Some(literals) = entries.iter().map(literal).collect() {
            return (Template::Literal(Value::Object(literals)), of);
        }
        let map = Map {
            entries,
            omit_empty,
        };
        (Template::Map(Box::new(map)), of)
    }

    fn omit_empty(&mut self, map: &JsonMap<String, Value>) -> bool {
        match map.get("$omit_empty") {
            None => false,
            Some(Value::Bool(on)) => *on,
            Some(_) => {
                self.at("$omit_empty", |this| {
                    this.fault(Code::BadOperator, "`$omit_empty` takes true or false");
                });
                false
            }
        }
    }

    fn unknown_operator(&mut self, key: &str) {
        let meant = Meant::of(key, OPERATORS);
        let as_key = format!("a key that really begins with $ is written `${key}`");
        let help = match &meant {
            Some(Meant { name, .. }) if name == key => {
                format!("these stand beside others; {as_key}")
            }
            Some(Meant { name, .. }) => format!("did you mean `{name}`? Else, {as_key}"),
            None => as_key,
        };
        let message = format!("`{key}` is no operator here");
        self.at(key, |this| {
            this.fault(Code::BadOperator, message)
                .on_key()
                .meant(meant.filter(|meant| meant.name != key))
                .help(help);
        });
    }
}

/// The keys of a mapping with those that are spread into it.
fn spread_over<'a>(
    mut fields: Fields<'a>,
    spread: Option<Type<'a>>,
    own: &[String],
    omit_empty: bool,
) -> Fields<'a> {
    let Some(spread) = spread else { return fields };
    let lacks = spread.may_lack();
    let more = spread.only(Kinds::OBJECT).fields();
    for (name, mut value) in more.named {
        if !own.contains(&name) {
            value.missing |= lacks || (omit_empty && value.may_be_empty());
            fields.set(&name, value);
        }
    }
    fields.rest = more.rest;
    fields
}

/// Can the value be what the case is named after?
pub(crate) fn may_be_named(on: &Type<'_>, name: &str) -> bool {
    let Some(values) = on.values() else {
        return on.may_be(Kinds::SCALAR);
    };
    values
        .iter()
        .any(|value| text_of(value).is_some_and(|text| text == name))
}

/// Does every value that there can be have a case?
fn all_cases(on: &Type<'_>, names: &[&str]) -> bool {
    let has_case = |value: &&Value| text_of(value).is_some_and(|text| names.contains(&&*text));
    !on.missing
        && on
            .values()
            .is_some_and(|values| values.iter().all(has_case))
}

/// What a case shows of what is switched on.
fn facts_of_case(value: &Template, on: &Type<'_>, name: &str) -> Vec<(Path, Fact)> {
    let text = || Value::String(name.to_owned());
    match value {
        // The name of a number or boolean is its text: which it is stays open.
        Template::Expr(Expr::Path(path)) if on.kinds().only(Kinds::TEXT | Kinds::NULL) => {
            vec![(path.clone(), Fact::Equals(text()))]
        }
        Template::Expr(Expr::Path(path)) => vec![(path.clone(), Fact::Is(Kinds::SCALAR))],
        Template::Expr(Expr::Call(helper, arguments)) => match arguments.as_slice() {
            [Expr::Path(path)] if helper.name == "only_key" => {
                vec![(path.clone(), Fact::OnlyKey(name.to_owned()))]
            }
            _ => Vec::new(),
        },
        // Either another name that is written out, or what the rest shows.
        Template::If(branch) => match (&branch.then, &branch.otherwise) {
            (Template::Literal(then), Some(otherwise)) if *then != *name => {
                facts_of_case(otherwise, &Type::any(), name)
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What is known where no case came.
fn rest_of_switch(
    value: &Template,
    on: &Type<'_>,
    cases: &[(String, Template)],
) -> Vec<(Path, Fact)> {
    let Template::Expr(Expr::Path(path)) = value else {
        return Vec::new();
    };
    if !on.kinds().only(Kinds::TEXT | Kinds::NULL) {
        return Vec::new();
    }
    let names = cases.iter().map(|(name, _)| Value::String(name.clone()));
    names
        .map(|name| (path.clone(), Fact::Differs(name)))
        .collect()
}

/// `$spread: "{{omit x 'a' 'b'}}"` passes the keys over while writing, without a copy of the object.
fn spread(source: Template, own: &[String]) -> Entry {
    let mut except: Vec<String> = own.to_vec();
    if let Template::Expr(Expr::Call(helper, arguments)) = &source
        && let ("omit", Some((Expr::Path(path), names))) = (helper.name, arguments.split_first())
    {
        let literal = |name: &Expr| match name {
            Expr::Literal(Value::String(name)) => Some(name.clone()),
            _ => None,
        };
        if let Some(names) = names.iter().map(literal).collect::<Option<Vec<_>>>() {
            except.extend(names);
            return Entry::Spread {
                source: Template::Expr(Expr::Path(path.clone())),
                except,
            };
        }
    }
    Entry::Spread { source, except }
}

/// `$$name` is the key `$name`.
fn plain_key(key: &str) -> String {
    if key.starts_with("$$") {
        key.get(1..).unwrap_or_default().to_owned()
    } else {
        key.to_owned()
    }
}

fn is_name(name: &str) -> bool {
    let reserved = matches!(
        name,
        "input" | "response" | "items" | "next" | "credentials"
    );
    let mut chars = name.chars();
    !reserved
        && chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
