package flow

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// Reasons for which a chat with the bot ends.
const (
	// AskedForPerson: the customer wants a person.
	AskedForPerson = "asked_for_person"
	// GaveUp: the bot did not know several times in a row, or says that a person should take over.
	GaveUp = "bot_gave_up"
	// Failed: the bot was too slow, down, or answered what cannot be read.
	Failed = "bot_failed"
	// Ended: the bot says that the talk is over.
	Ended = "bot_ended"
)

// BotChat is how a chat with the bot ended.
type BotChat struct {
	// Reason is one of the constants above.
	Reason string `json:"reason"`
	// Detail is what the bot gave as its reason, if it did.
	Detail string `json:"detail,omitempty"`
	// Turns counts what the bot answered.
	Turns int `json:"turns"`
}

// BotOption changes a chat with the bot.
type BotOption func(*botOptions)

type botOptions struct {
	until  []func(text, choice string) bool
	misses int
	idle   time.Duration
}

// Until ends the chat when a message fulfils the condition, before the bot sees it. It must be pure.
func Until(condition func(text, choice string) bool) BotOption {
	return func(o *botOptions) { o.until = append(o.until, condition) }
}

// Misses is how often in a row the bot may not know before it gives up; the default is 2.
func Misses(n int) BotOption { return func(o *botOptions) { o.misses = n } }

// Idle is how long to wait for the customer's next message; the default is 24 hours.
func Idle(d time.Duration) BotOption { return func(o *botOptions) { o.idle = d } }

// PersonChoice is the id of the option by which a bot offers a person.
const PersonChoice = "person"

var personWords = regexp.MustCompile(`(?i)\b(?:live|real|human|actual)\s+(?:agent|person|human|being|support|advisor|representative)\b` +
	`|\b(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|put me through|get)\s+(?:me\s+)?(?:to|with)?\s*(?:an?|the|some|your)?\s*(?:agent|human|person|someone|somebody|representative|advisor|operator|staff)\b` +
	`|^\W*(?:agent|human|operator|representative|real person|live agent|person please|customer service)\W*$` +
	`|\b(?:need|want|like|prefer|give me)\s+(?:to\s+(?:talk|speak|chat)\s+(?:to|with)\s+)?(?:an?|the)?\s*(?:live\s+|real\s+|human\s+)*(?:agent|human|person|representative|operator|advisor)\b` +
	`|\b(?:agent|human|representative|operator)\s+please\b`)

var personWordsKorean = regexp.MustCompile(`상담\s*(?:원|사|직원|가)|(?:상담|라이브)\s*(?:에이전트|연결)|라이브\s*에이전트|사람(?:이랑|과|하고|한테|에게|으로|을|이)?\s*(?:좀\s*)?(?:이야기|얘기|대화|상담|연결|통화|바꿔|불러)|(?:직원|담당자|매니저)(?:분)?(?:이랑|과|와|하고|한테|에게|을|를|님)?\s*(?:좀\s*)?(?:이야기|얘기|대화|상담|연결|통화|바꿔|불러)|진짜\s*사람`)

var notPerson = regexp.MustCompile(`(?i)\b(?:do not|don't|no need (?:for|to)|without|not)\s+(?:want|need|like|talk|speak|an?|the)?.{0,24}\b(?:agent|human|person|representative)\b|상담\s*(?:원|사)(?:은|는|이|가)?\s*(?:필요\s*(?:없|하지\s*않)|말고)`)

// AsksForPerson recognises, in English and Korean, that the customer wants a live agent.
func AsksForPerson(text, choice string) bool {
	if choice == PersonChoice {
		return true
	}
	text = strings.TrimSpace(text)
	if notPerson.MatchString(text) {
		return false
	}
	return personWords.MatchString(text) || personWordsKorean.MatchString(text)
}

// botState is a chat with the bot under way.
type botState struct {
	BotChat
	Misses   int       `json:"misses,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"`
}

// ChatWithBot lets the customer talk with the bot until one of the conditions holds, the bot gives up, fails or ends the talk.
// A bot's answer that comes after a person has taken over is dropped. When the bot fails the customer hears an apology.
func (c *Conversation) ChatWithBot(ctx workflow.Context, key string, options ...BotOption) (BotChat, error) {
	o := botOptions{misses: 2, idle: 24 * time.Hour}
	for _, option := range options {
		option(&o)
	}
	var s botState
	e, done, err := c.begin("bot", key, &s)
	if err != nil || done {
		return s.BotChat, err
	}
	finish := func(reason, detail string) (BotChat, error) {
		s.Reason, s.Detail, e.Done = reason, detail, true
		return s.BotChat, c.record(ctx, reason, detail)
	}
	for {
		if s.Deadline.IsZero() {
			s.Deadline = workflow.Now(ctx).Add(o.idle)
		}
		if err := c.await(ctx, "Waiting for the customer", s.Deadline); err != nil {
			return s.BotChat, err
		}
		turn := c.readTurn()
		if o.ends(turn) {
			return finish(AskedForPerson, brief(turn.Text))
		}
		result, asked, err := c.askBot(ctx, turn, s, o)
		switch {
		case c.interrupted() != nil:
			return s.BotChat, c.interrupted()
		case asked:
			return finish(AskedForPerson, "")
		case err != nil:
			workflow.GetLogger(ctx).Warn("bot failed", "error", err)
			if err := c.speak(ctx, conversation.Message{Text: c.Text(textBotFailed)}); err != nil {
				return s.BotChat, err
			}
			return finish(Failed, "")
		}
		s.Deadline = time.Time{}
		s.Turns++
		if s.Misses++; !result.Unsure {
			s.Misses = 0
		}
		if result.Handoff == "" && s.Misses < o.misses || len(result.Messages) > 0 && !result.Unsure {
			for _, message := range result.Messages {
				if err := c.botSays(ctx, message); err != nil {
					return s.BotChat, err
				}
			}
		}
		switch {
		case result.Handoff != "":
			return finish(GaveUp, result.Handoff)
		case s.Misses >= o.misses:
			return finish(GaveUp, "it did not know the answer")
		case result.End:
			return finish(Ended, "")
		}
	}
}

// turn is what the customer said since the bot's last answer.
type turn struct {
	Text, Choice string
	Seq          int64
}

// readTurn takes everything from the inbox as one turn.
func (c *Conversation) readTurn() turn {
	var t turn
	var texts []string
	for _, in := range c.state.Inbox {
		t.Seq = in.Seq
		if in.Message.Choice != "" {
			t.Choice = in.Message.Choice
		}
		if text := strings.TrimSpace(in.Message.Text); text != "" {
			texts = append(texts, text)
		}
	}
	c.state.Inbox = nil
	t.Text = strings.Join(texts, "\n")
	return t
}

func (o botOptions) ends(t turn) bool {
	for _, condition := range o.until {
		if condition(t.Text, t.Choice) {
			return true
		}
	}
	return false
}

// askBot has the bot answer. asked: while it thought, the customer asked for what ends the chat.
func (c *Conversation) askBot(ctx workflow.Context, t turn, s botState, o botOptions) (result BotResult, asked bool, err error) {
	input := BotInput{
		ConversationID: c.id, TurnID: fmt.Sprintf("%s/%d", c.id, t.Seq), Text: t.Text, Choice: t.Choice, Language: c.state.Language,
		ContactID: c.facts.Contact.ID, ContactName: c.facts.Contact.Name, Misses: s.Misses,
	}
	attempts := max(c.facts.BotAttempts, 1)
	timeout := max(c.facts.BotTimeout, time.Second)
	options := workflow.ActivityOptions{
		StartToCloseTimeout:    timeout,
		ScheduleToCloseTimeout: time.Duration(attempts) * (timeout + time.Second),
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, MaximumAttempts: int32(attempts)},
		Summary:                "Bot answers: " + brief(t.Text),
	}
	botCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	future := workflow.ExecuteActivity(workflow.WithActivityOptions(botCtx, options), ActivityBot, input)
	seen := 0
	err = workflow.Await(ctx, func() bool {
		for ; seen < len(c.state.Inbox); seen++ {
			in := c.state.Inbox[seen]
			asked = asked || o.ends(turn{Text: in.Message.Text, Choice: in.Message.Choice})
		}
		return future.IsReady() || asked || c.interrupted() != nil
	})
	if err != nil || asked || c.interrupted() != nil {
		return result, asked, err
	}
	err = future.Get(ctx, &result)
	return result, false, err
}

func (c *Conversation) botSays(ctx workflow.Context, message conversation.Message) error {
	if err := c.interrupted(); err != nil {
		return err
	}
	dropped, err := c.append(ctx, conversation.BotMessage, conversation.Actor{Kind: conversation.ByBot, Name: "Bot"}, message, c.state.Desk.Epoch)
	if err == nil && dropped {
		if _, err := c.wait(ctx, "", time.Time{}, func() bool { return c.interrupted() != nil }); err != nil {
			return err
		}
		return c.interrupted()
	}
	return err
}
