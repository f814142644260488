package flow

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// rateTimeout is how long to wait for a rating: whoever does not rate at once does not rate.
const rateTimeout = 10 * time.Minute

// rateChoice begins the ids of a rating's options, which are like no other's: a tap on one is a rating whenever it comes.
const rateChoice = "rate/"

// rating is a question for one that no step waits for any more, and whether it was answered.
type rating struct {
	Best  int  `json:"best"`
	Given bool `json:"given,omitempty"`
}

// Rate asks how it was, on a scale from 1 to best, and keeps the answer. It returns 0 when the customer does not rate; a
// message that is no rating stays in the inbox for the flow's next step. A customer whose last words crossed with the question
// may still tap: that rating is kept too, while the conversation goes on.
func (c *Conversation) Rate(ctx workflow.Context, prompt string, best int) (int, error) {
	var s struct {
		askState
		Score int `json:"score,omitempty"`
	}
	e, done, err := c.begin("rate", "", &s)
	if err != nil || done {
		return s.Score, err
	}
	if !s.Asked {
		message := conversation.Message{Text: prompt, Code: "rate"}
		for n := 1; n <= best; n++ {
			message.Options = append(message.Options, conversation.Option{ID: rateChoice + strconv.Itoa(n), Label: strconv.Itoa(n)})
		}
		if err := c.speak(ctx, message); err != nil {
			return 0, err
		}
		s.Asked = true
		s.Deadline = workflow.Now(ctx).Add(rateTimeout)
		c.state.Rating = nil
	}
	switch err := c.await(ctx, "Waiting for a rating", s.Deadline); {
	case errors.Is(err, ErrIdle), errors.Is(err, ErrLeft):
	case err != nil:
		return 0, err
	default:
		s.Score = c.state.takeRating(best)
	}
	e.Done = true
	c.state.Rating = &rating{Best: best, Given: s.Score > 0}
	if s.Score == 0 {
		return 0, nil
	}
	return s.Score, c.rated(ctx, Score{Score: s.Score, Of: best})
}

func (c *Conversation) rated(ctx workflow.Context, score Score) error {
	record := RecordInput{ConversationID: c.id, Rating: &score}
	return c.call(ctx, fmt.Sprintf("Rated %d of %d", score.Score, score.Of), ActivityNote, record, nil)
}

// ratedLate keeps a rating that came after the flow had gone on, and thanks for it, as nothing else will.
func (c *Conversation) ratedLate(ctx workflow.Context, score Score) error {
	if err := c.rated(ctx, score); err != nil {
		return err
	}
	thanks := conversation.Message{Text: c.Text(textRated)}
	_, err := c.append(ctx, conversation.BotMessage, conversation.Actor{Kind: conversation.ByFlow, Name: c.flow.Name}, thanks, c.state.Desk.Epoch)
	return err
}

// takeRating takes a rating out of the inbox: the first tap, or a number (written, or the id of an option as they were called before)
// that comes before anything else; 0: there is none.
func (s *State) takeRating(best int) int {
	score := 0
	s.Inbox = slices.DeleteFunc(s.Inbox, func(in Incoming) bool {
		tapped := scoreOfTap(in.Message, best)
		score = cmp.Or(score, tapped)
		return tapped > 0
	})
	if score == 0 {
		if score = scoreOf(choiceOrText(s.Inbox[0].Message), best); score > 0 {
			s.Inbox = s.Inbox[1:]
		}
	}
	return score
}

// takeLateRating takes a tap on a rating's option that no step waits for any more. The first counts; those after it are no words
// either.
func (s *State) takeLateRating(m conversation.Message) bool {
	if s.Rating == nil {
		return false
	}
	score := scoreOfTap(m, s.Rating.Best)
	if score > 0 && !s.Rating.Given {
		s.Rating.Given = true
		s.Errands = append(s.Errands, errand{Rating: &Score{Score: score, Of: s.Rating.Best}})
	}
	return score > 0
}

// scoreOfTap reads what option of a rating was tapped; 0: none.
func scoreOfTap(m conversation.Message, best int) int {
	n, tapped := strings.CutPrefix(m.Choice, rateChoice)
	if !tapped {
		return 0
	}
	return scoreOf(n, best)
}

// scoreOf reads a number from 1 to best; 0: it is none.
func scoreOf(text string, best int) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > best {
		return 0
	}
	return n
}
