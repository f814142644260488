package email

import (
	"regexp"
	"strings"

	"github.com/inbucket/html2text"
	"github.com/microcosm-cc/bluemonday"
)

// maxHTML is the longest HTML that is kept, in bytes; of a longer email there is its text.
const maxHTML = 256 << 10

// allowed is what is left of an email's HTML: words and how they look. No scripts, no forms, no pictures (which would tell their
// sender who looks when), nothing that loads anything.
var allowed = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li",
		"mark", "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
	)
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.AllowAttrs("href").OnElements("a")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	small := regexp.MustCompile(`^\d{1,4}%?$`)
	color := regexp.MustCompile(`^(#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20})$`)
	p.AllowAttrs("colspan", "rowspan", "width", "height", "border", "cellpadding", "cellspacing", "start").Matching(small).Globally()
	p.AllowAttrs("align", "valign").Matching(regexp.MustCompile(`^[a-zA-Z]{3,10}$`)).Globally()
	p.AllowAttrs("color", "bgcolor").Matching(color).Globally()
	p.AllowAttrs("size").Matching(regexp.MustCompile(`^[+-]?[1-7]$`)).OnElements("font")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(ltr|rtl|auto)$`)).Globally()
	p.AllowStyles("color", "background-color").Matching(regexp.MustCompile(`^(#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|rgba?\([0-9., %]{1,40}\))$`)).Globally()
	p.AllowStyles("font-weight", "font-style", "text-align", "text-decoration", "vertical-align", "white-space", "border-collapse", "list-style-type").Matching(regexp.MustCompile(`^[a-zA-Z0-9 -]{1,30}$`)).Globally()
	p.AllowStyles("font-size", "line-height", "padding", "margin", "width", "max-width", "border-width").Matching(regexp.MustCompile(`^[0-9a-z.% ]{1,40}$`)).Globally()
	p.SkipElementsContent("title", "style", "script", "template", "svg", "math", "object", "iframe", "noscript", "select", "textarea")
	return p
}()

// sanitise makes HTML that may be shown; "" if nothing is left.
func sanitise(html string) string {
	html = styled.ReplaceAllStringFunc(html, func(attribute string) string {
		if len(attribute) > maxStyle {
			return ""
		}
		return attribute
	})
	return legible(strings.TrimSpace(allowed.Sanitize(html)))
}

// styled are attributes that say how something looks; longer ones than real emails have go away unread, since reading them takes
// the square of their length.
var styled = regexp.MustCompile(`(?i)\bstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)`)

const maxStyle = 2000

// kept is sanitised HTML; "" if there is too much of it.
func kept(clean string) string {
	if len(clean) > maxHTML {
		return ""
	}
	return clean
}

// textOf makes a text of sanitised HTML, as good as can be.
func textOf(clean string) string {
	text, err := html2text.FromString(clean, html2text.Options{})
	if err != nil {
		return ""
	}
	return text
}
