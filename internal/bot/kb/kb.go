// Package kb is the bot that answers from the knowledge base in Postgres, in English and Korean. It quotes articles and makes
// nothing up: what it does not find it says it does not know, and offers a person.
//
// A question's words are looked up in two indexes (title and keywords; text). English words are stemmed; Korean has no stemmer
// here, so particles are cut off and pairs of syllables compared. The share of the question, by the rarity of its words, that an
// article covers decides whether it answers (see score). Words no article has are compared by trigrams, for misspellings.
package kb

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/bot"
	"seax/internal/conversation"
)

// Bot answers from the published articles. It keeps no state: what was changed in the knowledge base counts from the next turn on.
type Bot struct {
	pool *pgxpool.Pool
}

var _ bot.Bot = (*Bot)(nil)

// New returns a bot over the articles of a database.
func New(pool *pgxpool.Pool) *Bot { return &Bot{pool: pool} }

// articleChoice begins the id of an option that stands for an article.
const articleChoice = "article:"

// Reply answers one turn. An error means that the database could not be read.
func (b *Bot) Reply(ctx context.Context, turn bot.Turn) (bot.Reply, error) {
	reply, err := b.reply(ctx, turn)
	if err != nil {
		return bot.Reply{}, fmt.Errorf("answer turn %s of conversation %s: %w", turn.TurnID, turn.ConversationID, err)
	}
	return reply, nil
}

func (b *Bot) reply(ctx context.Context, turn bot.Turn) (bot.Reply, error) {
	text := clean(turn.Text)
	language := languageOf(text, turn.Language)
	say := texts[language]
	if turn.Choice == bot.PersonChoice {
		return bot.Reply{Handoff: askedForPerson}, nil
	}
	if id, err := uuid.Parse(strings.TrimPrefix(turn.Choice, articleChoice)); err == nil && strings.HasPrefix(turn.Choice, articleChoice) {
		if turn.Language != "" {
			language = languageOf("", turn.Language)
		}
		a, ok, err := b.byID(ctx, id)
		if err != nil {
			return bot.Reply{}, err
		}
		if ok {
			// Chosen by its title: no need to say in which language it is.
			return bot.Reply{Messages: []conversation.Message{quote(a, nil)}}, nil
		}
		// Removed since it was offered; its title, which came as the text, may still find another.
	}
	if reply, ok := smallTalk(text, turn, say); ok {
		return reply, nil
	}
	words := question(text)
	if len(words) == 0 {
		return say.unsure(strings.TrimSpace(text) == ""), nil
	}
	return b.answer(ctx, words, language)
}

func (b *Bot) answer(ctx context.Context, words []word, language string) (bot.Reply, error) {
	say, other := texts[language], english
	if language == english {
		other = korean
	}
	words, found, err := b.search(ctx, words)
	if err != nil {
		return bot.Reply{}, err
	}
	reply, ok := pick(found.score(words, language), words, say, "")
	if ok {
		return reply, nil
	}
	if corrected, changed, err := b.correct(ctx, words, found.knows); err != nil {
		return bot.Reply{}, err
	} else if changed {
		if words, found, err = b.search(ctx, corrected); err != nil {
			return bot.Reply{}, err
		}
		if reply, ok := pick(found.score(words, language), words, say, ""); ok {
			return reply, nil
		}
	}
	if reply, ok := pick(found.score(words, other), words, say, say.otherLanguage); ok {
		return reply, nil
	}
	return say.unsure(false), nil
}

// pick makes the reply of what was found, best first; ok is false if nothing answers well enough. note is said before the answer.
func pick(list []scored, words []word, say phrases, note string) (reply bot.Reply, ok bool) {
	if len(list) == 0 || list[0].score < answers {
		return bot.Reply{}, false
	}
	if len(list) == 1 || list[1].score < list[0].score*tie {
		message := quote(list[0].article, words)
		if note != "" {
			message.Text = note + "\n\n" + message.Text
		}
		return bot.Reply{Messages: []conversation.Message{message}}, true
	}
	message := conversation.Message{Text: say.whichOne}
	if note != "" {
		message.Text = note + " " + message.Text
	}
	for _, s := range list[:2] {
		message.Options = append(message.Options, conversation.Option{ID: articleChoice + s.ID.String(), Label: s.Title})
	}
	message.Options = append(message.Options, say.person())
	return bot.Reply{Messages: []conversation.Message{message}}, true
}

func quote(a article, words []word) conversation.Message {
	return conversation.Message{Text: passage(a.Body, words), Article: &conversation.ArticleRef{ID: a.ID, Title: a.Title}}
}
