package flow

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// AskOption changes how a question is asked.
type AskOption func(*question)

// question is how something is asked.
type question struct {
	check    func(answer string) (value string, problem string)
	timeout  time.Duration
	attempts int
}

func newQuestion(options []AskOption) question {
	q := question{timeout: 24 * time.Hour, attempts: 3}
	for _, option := range options {
		option(&q)
	}
	return q
}

// Check validates an answer. It returns the value to keep, or in problem what to say to the customer before asking again. It
// must be pure.
func Check(check func(answer string) (value, problem string)) AskOption {
	return func(q *question) { q.check = check }
}

// Timeout is how long to wait for an answer; the default is 24 hours. After it the step returns ErrIdle.
func Timeout(d time.Duration) AskOption { return func(q *question) { q.timeout = d } }

// Attempts is how often to ask before giving up with ErrNoAnswer; the default is 3.
func Attempts(n int) AskOption { return func(q *question) { q.attempts = n } }

// ErrNoAnswer says that the customer answered, but never with something that fits.
var ErrNoAnswer = errors.New("no fitting answer")

// askState is an Ask under way.
type askState struct {
	Asked    bool      `json:"asked,omitempty"`
	Attempts int       `json:"attempts,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"`
	Answer   string    `json:"answer,omitempty"`
	// Told: why the last answer did not fit has been said (or nothing had to be).
	Problem string `json:"problem,omitempty"`
}

// Ask asks the customer something and returns the answer, without leading and trailing space. key names the question in the
// journal and in the conversation's log.
func (c *Conversation) Ask(ctx workflow.Context, key, prompt string, options ...AskOption) (string, error) {
	return c.ask(ctx, "ask", key, conversation.Message{Text: prompt}, newQuestion(options), func(m conversation.Message) string { return m.Text })
}

func (c *Conversation) ask(ctx workflow.Context, kind, key string, prompt conversation.Message, q question, read func(conversation.Message) string) (string, error) {
	var s askState
	e, done, err := c.begin(kind, key, &s)
	if err != nil || done {
		return s.Answer, err
	}
	for {
		if !s.Asked {
			text := prompt
			if s.Problem != "" {
				text.Text = s.Problem + "\n" + prompt.Text
			}
			// What was said before the question is no answer to it.
			c.state.Inbox = nil
			if err := c.speak(ctx, text); err != nil {
				return "", err
			}
			s.Asked = true
			s.Deadline = workflow.Now(ctx).Add(q.timeout)
		}
		message, err := c.next(ctx, "Waiting for an answer: "+key, s.Deadline)
		if err != nil {
			return "", err
		}
		answer, problem := strings.TrimSpace(read(message.Message)), ""
		switch {
		case q.check != nil:
			answer, problem = q.check(answer)
		case answer == "":
			problem = c.Text(textNeedsText)
		}
		if problem == "" {
			s.Answer, e.Done = answer, true
			return answer, c.record(ctx, key, answer)
		}
		if s.Attempts++; s.Attempts >= q.attempts {
			return "", fmt.Errorf("%w to %q", ErrNoAnswer, key)
		}
		s.Asked, s.Problem = false, problem
	}
}

// Choose lets the customer choose one of several options and returns it as given. They may tap it, write it, or write its
// number.
func (c *Conversation) Choose(ctx workflow.Context, key, prompt string, options ...string) (string, error) {
	choices := make([]conversation.Option, len(options))
	for i, label := range options {
		choices[i] = conversation.Option{ID: strconv.Itoa(i + 1), Label: label}
	}
	q := newQuestion([]AskOption{Check(func(answer string) (string, string) {
		for i, label := range options {
			if answer == strconv.Itoa(i+1) || strings.EqualFold(answer, label) {
				return label, ""
			}
		}
		return "", c.Text(textChooseOne)
	})})
	return c.ask(ctx, "choose", key, conversation.Message{Text: prompt, Options: choices}, q, choiceOrText)
}

func choiceOrText(m conversation.Message) string {
	if m.Choice != "" {
		return m.Choice
	}
	return m.Text
}

// Field is one question of a form.
type Field struct {
	Key, Prompt string
	Options     []AskOption
}

// Form asks several things, one after the other, and returns the answers by key. Each answer is also set as an attribute.
func (c *Conversation) Form(ctx workflow.Context, fields ...Field) (map[string]string, error) {
	answers := make(map[string]string, len(fields))
	for _, f := range fields {
		answer, err := c.Ask(ctx, f.Key, f.Prompt, f.Options...)
		if err != nil {
			return answers, err
		}
		answers[f.Key] = answer
		if err := c.Set(ctx, f.Key, answer); err != nil {
			return answers, err
		}
	}
	return answers, nil
}
