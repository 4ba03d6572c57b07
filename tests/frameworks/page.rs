//! What a page of an example says, and its forms.

/// The text of a page.
pub(crate) struct Page(pub(crate) String);

/// A form, by where it leads and what it brings along.
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) hidden: Vec<(String, String)>,
}

impl Page {
    /// Returns who is logged in, the count and the message.
    pub(crate) fn says(&self) -> Option<(&str, &str, &str)> {
        let main = self.tags("main").next()?.0;
        Some((
            attribute(main, "data-name")?,
            attribute(main, "data-count")?,
            attribute(main, "data-message")?,
        ))
    }

    /// Returns the form with this id.
    pub(crate) fn form(&self, id: &str) -> Result<Form, String> {
        let (tag, rest) = self
            .tags("form")
            .find(|(tag, _)| attribute(tag, "id") == Some(id))
            .ok_or_else(|| format!("no form {id}: {}", self.0))?;
        if attribute(tag, "method").is_none_or(|it| !it.eq_ignore_ascii_case("post")) {
            return Err(format!("a form that does not post: {tag}"));
        }
        let inner = Self(rest.split("</form>").next().unwrap_or_default().to_owned());
        let hidden = inner.tags("input").filter_map(|(tag, _)| {
            let named = (
                attribute(tag, "name")?.to_owned(),
                attribute(tag, "value")?.to_owned(),
            );
            (attribute(tag, "type") == Some("hidden")).then_some(named)
        });
        Ok(Form {
            action: attribute(tag, "action").unwrap_or("/").to_owned(),
            hidden: hidden.collect(),
        })
    }

    /// Returns the attributes of the tags of a kind, each with what follows it.
    fn tags<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.match_indices('<').filter_map(move |(at, _)| {
            let (attributes, rest) = self.0[at + 1..].strip_prefix(kind)?.split_once('>')?;
            attributes
                .starts_with([' ', '\n'])
                .then_some((attributes, rest))
        })
    }
}

/// Returns the value of an attribute, with quotes or without.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let named = tag.match_indices(name).find_map(|(at, _)| {
        let is_name = tag[..at].ends_with([' ', '\n']);
        let value = tag[at + name.len()..].strip_prefix('=')?;
        is_name.then_some(value)
    })?;
    match named.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => named.split([' ', '\n']).next(),
    }
}

#[test]
fn a_form_is_found_with_what_it_brings_along() {
    let page = Page(
        "<main data-name=ada\n data-count=\"2\" data-message=\"\"><form method=post id=\"one\" \
         action=/one><input type=hidden name=a value=\"b\"><input name=c value=d></form>\
         <form id=two></form><formula id=three>"
            .into(),
    );
    assert_eq!(page.says(), Some(("ada", "2", "")));
    let form = page.form("one").unwrap();
    assert_eq!((form.action.as_str(), form.hidden.len()), ("/one", 1));
    assert!(page.form("two").is_err() && page.form("three").is_err());
}
