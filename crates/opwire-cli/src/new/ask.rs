//! Asking for what no flag gives.

use crate::exit;
use std::io::{BufRead, Write};
use std::process::ExitCode;

/// Asks a person, when there is one.
pub(super) struct Ask<R, W> {
    answers: R,
    questions: W,
    person: bool,
}

impl<R: BufRead, W: Write> Ask<R, W> {
    pub(super) fn new(answers: R, questions: W, person: bool) -> Self {
        Self {
            answers,
            questions,
            person,
        }
    }

    /// What the flag gives; else the answer; else, without a person or with an empty answer, what is usual.
    pub(super) fn or(
        &mut self,
        given: Option<&str>,
        question: &str,
        usual: &str,
    ) -> Result<String, ExitCode> {
        Ok(match given {
            Some(given) => given.to_owned(),
            None => self
                .answer(&format!("{question} [{usual}]: "))?
                .unwrap_or_else(|| usual.to_owned()),
        })
    }

    /// The same where nothing is usual: without an answer the flag is asked for.
    pub(super) fn must(
        &mut self,
        given: Option<&str>,
        question: &str,
        flag: &str,
    ) -> Result<String, ExitCode> {
        let answer = match given {
            Some(given) => Some(given.to_owned()),
            None => self.answer(&format!("{question}: "))?,
        };
        answer.ok_or_else(|| exit::usage(&format!("give {flag}")))
    }

    fn answer(&mut self, question: &str) -> Result<Option<String>, ExitCode> {
        if !self.person {
            return Ok(None);
        }
        let failed = |error: std::io::Error| exit::usage(&format!("can't ask: {error}"));
        write!(self.questions, "{question}").map_err(failed)?;
        self.questions.flush().map_err(failed)?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(failed)?;
        let line = line.trim();
        Ok((!line.is_empty()).then(|| line.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_first_then_answers_then_what_is_usual() {
        let mut questions = Vec::new();
        let mut ask = Ask::new("Mine\n\n".as_bytes(), &mut questions, true);
        assert_eq!(ask.or(Some("flag"), "Title", "Usual").unwrap(), "flag");
        assert_eq!(ask.or(None, "Title", "Usual").unwrap(), "Mine");
        assert_eq!(ask.or(None, "Title", "Usual").unwrap(), "Usual");
        assert!(ask.must(None, "Path", "--path").is_err());
        let asked = String::from_utf8(questions).unwrap();
        assert_eq!(asked, "Title [Usual]: Title [Usual]: Path: ");
    }

    #[test]
    fn nobody_is_asked_where_nobody_is() {
        let mut ask = Ask::new("Mine\n".as_bytes(), Vec::new(), false);
        assert_eq!(ask.or(None, "Title", "Usual").unwrap(), "Usual");
        assert!(ask.must(None, "Path", "--path").is_err());
    }
}
