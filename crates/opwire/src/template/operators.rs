//! Operators: mappings whose keys begin with `$`.

use super::parse::Compiler;
use super::{Expr, Path, Root, Template};
use crate::diagnostic::Code;
use crate::manifest::nearest;
use serde_json::{Map as JsonMap, Value};

/// `$each` may stand in `$each` this deep: 100 items thrice nested are a million already.
pub(crate) const MAX_EACH_DEPTH: usize = 3;

const OPERATORS: [&str; 14] = [
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

impl Compiler<'_> {
    /// A mapping: an operator, or keys with templates.
    pub(crate) fn mapping(&mut self, map: &JsonMap<String, Value>) -> Template {
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
                    "$if" => self.condition(map, value),
                    "$switch" => self.switch(map, value),
                    "$concat" => self.concat(value),
                    _ => Template::Pairs(Box::new(self.at(head, |this| this.template(value)))),
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

    fn each(&mut self, map: &JsonMap<String, Value>, list: &Value) -> Template {
        if self.each_depth() >= MAX_EACH_DEPTH {
            self.fault(Code::BadOperator, "`$each` is nested deeper than 3 levels");
            return Template::Literal(Value::Null);
        }
        let list = self.at("$each", |this| this.template(list));
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
        let shape = self.shape_of(&list);
        if !shape.may_be_list() || matches!(&list, Template::Literal(value) if !value.is_array()) {
            self.at("$each", |this| {
                this.fault(
                    Code::WrongValue,
                    "`$each` needs a list, and this can't be one",
                );
            });
        }
        let (condition, item) = self.bound(name, shape.item(), |this| {
            let condition = map
                .get("$where")
                .map(|value| this.at("$where", |this| this.template(value)));
            let item = match map.get("$map") {
                Some(value) => this.at("$map", |this| this.template(value)),
                None => Template::Expr(Expr::Path(Path {
                    root: Root::Local(0),
                    steps: Vec::new(),
                })),
            };
            (condition, item)
        });
        Template::Each(Box::new(Each {
            list,
            condition,
            item,
        }))
    }

    fn condition(&mut self, map: &JsonMap<String, Value>, condition: &Value) -> Template {
        let condition = self.at("$if", |this| this.template(condition));
        let Some(then) = map.get("$then") else {
            self.fault(Code::BadOperator, "`$if` needs a `$then`");
            return Template::Literal(Value::Null);
        };
        let then = self.at("$then", |this| this.template(then));
        let otherwise = map
            .get("$else")
            .map(|value| self.at("$else", |this| this.template(value)));
        Template::If(Box::new(If {
            condition,
            then,
            otherwise,
        }))
    }

    fn switch(&mut self, map: &JsonMap<String, Value>, value: &Value) -> Template {
        let value = self.at("$switch", |this| this.template(value));
        let Some(Value::Object(cases)) = map.get("$cases") else {
            self.fault(
                Code::BadOperator,
                "`$switch` needs `$cases`, a mapping from value to template",
            );
            return Template::Literal(Value::Null);
        };
        let cases = self.at("$cases", |this| {
            cases
                .iter()
                .map(|(name, value)| (name.clone(), this.at(name, |this| this.template(value))))
                .collect()
        });
        let default = map
            .get("$default")
            .map(|value| self.at("$default", |this| this.template(value)));
        Template::Switch(Box::new(Switch {
            value,
            cases,
            default,
        }))
    }

    fn concat(&mut self, lists: &Value) -> Template {
        let Value::Array(lists) = lists else {
            self.fault(Code::BadOperator, "`$concat` takes a list of lists");
            return Template::Literal(Value::Null);
        };
        let parts = self.at("$concat", |this| {
            lists
                .iter()
                .enumerate()
                .map(|(i, list)| this.at(&i.to_string(), |this| this.template(list)))
                .collect()
        });
        Template::Concat(parts)
    }

    fn keys(&mut self, map: &JsonMap<String, Value>) -> Template {
        let own: Vec<String> = map.keys().map(|key| plain_key(key)).collect();
        let (mut entries, mut omit_empty) = (Vec::with_capacity(map.len()), false);
        for (key, value) in map {
            match key.as_str() {
                "$spread" => {
                    let source = self.at(key, |this| this.template(value));
                    entries.push(spread(source, &own));
                }
                "$omit_empty" => match value {
                    Value::Bool(on) => omit_empty = *on,
                    _ => {
                        self.at(key, |this| {
                            this.fault(Code::BadOperator, "`$omit_empty` takes true or false");
                        });
                    }
                },
                key if key.starts_with('$') && !key.starts_with("$$") => self.unknown_operator(key),
                key => entries.push(Entry::Key(
                    plain_key(key),
                    self.at(key, |this| this.template(value)),
                )),
            }
        }
        let literal = |entry: &Entry| match entry {
            Entry::Key(name, template) => Some((name.clone(), template.literal()?.clone())),
            Entry::Spread { .. } => None,
        };
        match entries.iter().map(literal).collect() {
            Some(literals) if !omit_empty => Template::Literal(Value::Object(literals)),
            _ => Template::Map(Box::new(Map {
                entries,
                omit_empty,
            })),
        }
    }

    fn unknown_operator(&mut self, key: &str) {
        let help = match nearest(key, OPERATORS) {
            Some("$as" | "$where" | "$map") if key != "$each" => {
                "these stand beside `$each`".to_owned()
            }
            Some(near) if near != key => format!(
                "did you mean `{near}`? A key that really begins with $ is written `${key}`"
            ),
            _ => format!("a key that really begins with $ is written `${key}`"),
        };
        let message = format!("`{key}` is no operator here");
        self.at(key, |this| {
            this.fault(Code::BadOperator, message).on_key().help(help);
        });
    }
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
