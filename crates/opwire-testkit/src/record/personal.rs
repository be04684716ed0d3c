//! What a key says of its value: whether it is a person's, or opens something.

/// What a value is replaced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Email,
    Phone,
    FirstName,
    LastName,
    Name,
    Street,
    PostalCode,
    Date,
    Number,
    Address,
    Handle,
    Url,
    Token,
    /// Whatever else can't be told to be harmless: a text made from its key's name.
    Text,
}

/// Parts of keys and what they tell; the first that fits is taken.
const PARTS: [(&str, Kind); 44] = [
    ("email", Kind::Email),
    ("mail", Kind::Email),
    ("phone", Kind::Phone),
    ("mobile", Kind::Phone),
    ("fax", Kind::Phone),
    ("first_name", Kind::FirstName),
    ("given_name", Kind::FirstName),
    ("firstname", Kind::FirstName),
    ("last_name", Kind::LastName),
    ("family_name", Kind::LastName),
    ("surname", Kind::LastName),
    ("lastname", Kind::LastName),
    ("full_name", Kind::Name),
    ("display_name", Kind::Name),
    ("username", Kind::Handle),
    ("user_name", Kind::Handle),
    ("login", Kind::Handle),
    ("handle", Kind::Handle),
    ("nickname", Kind::Handle),
    ("street", Kind::Street),
    ("address_line", Kind::Street),
    ("line1", Kind::Street),
    ("line2", Kind::Street),
    ("postal", Kind::PostalCode),
    ("zip", Kind::PostalCode),
    ("birth", Kind::Date),
    ("dob", Kind::Date),
    ("ssn", Kind::Number),
    ("tax_id", Kind::Number),
    ("passport", Kind::Number),
    ("iban", Kind::Number),
    ("account_number", Kind::Number),
    ("card", Kind::Number),
    ("last4", Kind::Number),
    ("ip_address", Kind::Address),
    ("avatar", Kind::Url),
    ("linkedin", Kind::Url),
    ("token", Kind::Token),
    ("secret", Kind::Token),
    ("password", Kind::Token),
    ("authorization", Kind::Token),
    ("api_key", Kind::Token),
    ("apikey", Kind::Token),
    ("signature", Kind::Token),
];

/// Whole keys that tell it, whose parts would tell it of too many others.
const WHOLE: [(&str, Kind); 6] = [
    ("name", Kind::Name),
    ("address", Kind::Street),
    ("ip", Kind::Address),
    ("city", Kind::Text),
    ("author", Kind::Name),
    ("sub", Kind::Handle),
];

/// Counts, flags and times of such things are none (`emails_sent`, `phone_verified`, `token_type`).
const ABOUT: [&str; 12] = [
    "_count",
    "_sent",
    "_type",
    "_at",
    "_id",
    "_verified",
    "_status",
    "_opened",
    "_bounced",
    "_enabled",
    "_format",
    "counts",
];

/// What a key tells of a text under it; nothing when it tells nothing.
pub(super) fn told_by(key: &str) -> Option<Kind> {
    let key = snake(key);
    if ABOUT.iter().any(|end| key.ends_with(end)) {
        return None;
    }
    let whole = WHOLE.iter().find(|(known, _)| *known == key);
    let part = || PARTS.iter().find(|(part, _)| key.contains(part));
    whole.or_else(part).map(|(_, kind)| *kind)
}

/// `firstName` and `First-Name` → `first_name`
fn snake(key: &str) -> String {
    let mut text = String::with_capacity(key.len() + 4);
    let mut before = '_';
    for c in key.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            text.push('_');
        }
        text.push(if c == '-' || c == ' ' {
            '_'
        } else {
            c.to_ascii_lowercase()
        });
        before = c;
    }
    text
}

impl Kind {
    /// The made-up value of this kind with this number, from 1; `key` names other texts. The names are those that
    /// documentation uses; the addresses are kept free for it (RFC 2606, RFC 5737), and so are the telephone numbers.
    pub(super) fn made_up(self, number: usize, key: &str) -> String {
        let nth = |names: [&str; 6]| {
            let name = names
                .get((number - 1) % names.len())
                .copied()
                .unwrap_or_default();
            let round = (number - 1) / names.len();
            if round == 0 {
                name.to_owned()
            } else {
                format!("{name} {}", round + 1)
            }
        };
        let first = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald"];
        let last = [
            "Example",
            "Sample",
            "Template",
            "Placeholder",
            "Specimen",
            "Instance",
        ];
        match self {
            Self::Email => format!("person{number}@example.com"),
            Self::Phone => format!("+1555010{:04}", number % 10_000),
            Self::FirstName => nth(first),
            Self::LastName => nth(last),
            Self::Name => format!("{} Example", nth(first)),
            Self::Street => format!("{number} Main Street"),
            Self::PostalCode => format!("{:05}", number % 100_000),
            Self::Date => "1970-01-01".to_owned(),
            Self::Number => format!("{number:09}"),
            Self::Address => format!("192.0.2.{}", number % 256),
            Self::Handle => format!("example{number}"),
            Self::Url => format!("https://www.example.com/{number}"),
            Self::Token => format!("your_{}_here", snake(key)),
            Self::Text => {
                let mut words = snake(key).replace('_', " ");
                if let Some(first) = words.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                format!("{} {number}", words.trim()).trim().to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_what_is_under_them() {
        for (key, kind) in [
            ("email_address", Some(Kind::Email)),
            ("personalEmail", Some(Kind::Email)),
            ("home_phone", Some(Kind::Phone)),
            ("firstName", Some(Kind::FirstName)),
            ("name", Some(Kind::Name)),
            ("access_token", Some(Kind::Token)),
            ("X-Api-Key", Some(Kind::Token)),
            ("emails_sent", None),
            ("token_type", None),
            ("email_id", None),
            ("state", None),
            ("file_name", None),
        ] {
            assert_eq!(told_by(key), kind, "{key}");
        }
    }

    #[test]
    fn what_is_made_up_is_told_apart() {
        assert_eq!(Kind::Email.made_up(2, ""), "person2@example.com");
        assert_eq!(Kind::FirstName.made_up(7, ""), "Ada 2");
        assert_eq!(Kind::Text.made_up(1, "jobTitle"), "Job title 1");
        assert_eq!(
            Kind::Token.made_up(1, "accessToken"),
            "your_access_token_here"
        );
    }
}
