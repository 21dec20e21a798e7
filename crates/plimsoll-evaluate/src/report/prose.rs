//! Markdown that people wrote, as part of a page that asks nobody for anything.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Returns the HTML of `text`: markup in it is text, pictures are their words, and links lead to
/// pages or letters only.
pub(super) fn draw(text: &str) -> String {
    let mut links = Vec::new();
    let events =
        Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(move |event| match event {
            Event::Html(markup) | Event::InlineHtml(markup) => Some(Event::Text(markup)),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
            // The page has headings of its own above these.
            Event::Start(Tag::Heading { .. }) => Some(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Link { dest_url, link_type, id, .. }) => {
                let is_good = leads_well(&dest_url);
                links.push(is_good);
                // A title would show what the address does not say.
                let title = CowStr::Borrowed("");
                is_good.then_some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
            }
            Event::End(TagEnd::Link) => {
                links.pop().unwrap_or(false).then_some(Event::End(TagEnd::Link))
            }
            other => Some(other),
        });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn leads_well(address: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|it| address.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_run_or_fetched() {
        let text = "# Big\n<script>alert(1)</script>\n\n![a *picture*](https://a.b/c.png) [x](javascript:alert(1)) [y](https://a.b \"t\")\n\n- `one`\n";
        assert_eq!(
            draw(text),
            "<p>Big</p>\n&lt;script&gt;alert(1)&lt;/script&gt;\n<p>a <em>picture</em> x <a href=\"https://a.b\">y</a></p>\n<ul>\n<li><code>one</code></li>\n</ul>\n"
        );
    }
}
