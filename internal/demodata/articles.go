package demodata

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/google/uuid"
)

// Each topic is one file per language: articles/<topic>.<locale>.md, with the title, a line of keywords, and the body.
//
//go:embed articles/*.md
var articleFiles embed.FS

// Article is one of the demo's knowledge-base articles.
type Article struct {
	ID       uuid.UUID
	Topic    string
	Locale   string
	Title    string
	Keywords string
	Body     string
}

// Articles returns the knowledge base, by topic and language.
func Articles() ([]Article, error) {
	names, err := fs.Glob(articleFiles, "articles/*.md")
	if err != nil {
		return nil, fmt.Errorf("list demo articles: %w", err)
	}
	articles := make([]Article, 0, len(names))
	for _, name := range names {
		text, err := articleFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read demo article: %w", err)
		}
		article, err := parseArticle(name, string(text))
		if err != nil {
			return nil, err
		}
		articles = append(articles, article)
	}
	return articles, nil
}

func parseArticle(file, text string) (Article, error) {
	topic, locale, named := strings.Cut(strings.TrimSuffix(path.Base(file), ".md"), ".")
	head, body, divided := strings.Cut(text, "\n\n")
	title, keywords, complete := strings.Cut(head, "\nkeywords: ")
	title, titled := strings.CutPrefix(title, "# ")
	if !named || !divided || !complete || !titled {
		return Article{}, fmt.Errorf("demo article %s: want a title, keywords and a body", file)
	}
	return Article{
		ID: id("article", topic+"."+locale), Topic: topic, Locale: locale,
		Title: title, Keywords: strings.TrimSpace(keywords), Body: strings.TrimSpace(body),
	}, nil
}
