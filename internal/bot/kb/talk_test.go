package kb_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"seax/internal/bot"
)

func hangul(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
}

func TestSmallTalk(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	type want struct{ says, handoff string }
	const (
		hello, welcome, noted, bye, right = "What can I help you with?", "You are welcome", "Just write", "Goodbye", "I am here if"
		helloKo, welcomeKo, byeKo         = "무엇을 도와드릴까요", "도움이 되었다니", "좋은 하루 보내세요"
	)
	person := "The customer asked for a person"
	for text, w := range map[string]want{
		"Hi": {hello, ""}, "heyyyy!!": {hello, ""}, "Good morning :)": {hello, ""}, "hello there": {hello, ""},
		"안녕하세요~": {helloKo, ""}, "안녕하세요 ㅎㅎ": {}, "저기요": {helloKo, ""},
		"thanks!": {welcome, ""}, "Thank you so much for your help": {welcome, ""}, "great, thanks a lot": {welcome, ""},
		"감사합니다 ^^": {welcomeKo, ""}, "네 정말 고마워요": {welcomeKo, ""}, "답변 감사합니다": {welcomeKo, ""},
		"ok": {noted, ""}, "👍": {noted, ""}, "🙏🏽": {noted, ""}, "no thanks": {right, ""}, "아니요 괜찮아요": {"언제든 말씀해", ""},
		"bye!": {bye, ""}, "수고하세요": {byeKo, ""}, "안녕히 계세요": {byeKo, ""},
		"Can I talk to a human please?": {"", person}, "agent": {"", person}, "I'd like to speak with a real person": {"", person},
		"상담사 연결해 주세요": {"", person}, "상담원이랑 얘기하고 싶어요": {"", person}, "사람이랑 상담할래요": {"", person},
	} {
		reply := s.ask(t, bot.Turn{Text: text})
		require.Equal(t, w.handoff, reply.Handoff, text)
		require.Equal(t, w.says == bye || w.says == byeKo, reply.End, text)
		if w.says != "" {
			require.Len(t, reply.Messages, 1, text)
			require.Contains(t, reply.Messages[0].Text, w.says, text)
			require.False(t, reply.Unsure, text)
		}
	}
	require.Contains(t, s.ask(t, bot.Turn{Text: "hello", Contact: bot.Contact{Name: "Ana"}}).Messages[0].Text, "Hello Ana!")
	require.Contains(t, s.ask(t, bot.Turn{Text: "안녕하세요", Contact: bot.Contact{Name: "서준"}}).Messages[0].Text, "서준님")
	require.Equal(t, person, s.ask(t, bot.Turn{Text: "yes please", Misses: 1}).Handoff, "it had offered a person")
	require.Equal(t, person, s.ask(t, bot.Turn{Text: "네", Misses: 1}).Handoff)
	require.Equal(t, person, s.ask(t, bot.Turn{Text: "Talk to a person", Choice: bot.PersonChoice}).Handoff)
}

func TestGreetingBeforeAQuestionIsNoGreeting(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, text := range []string{"hi, when do I get my refund?", "Thanks! And when do I get my refund", "안녕하세요 환불은 언제 되나요", "네 감사합니다 환불은 언제 되나요"} {
		require.Equal(t, right, s.judge(s.ask(t, bot.Turn{Text: text}), "refunds"), text)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	en, ko := s.ids["warranty.en"], s.ids["warranty.ko"]
	for _, c := range []struct {
		turn bot.Turn
		id   uuid.UUID
	}{
		{bot.Turn{Text: "warranty"}, en},
		{bot.Turn{Text: "보증 기간이 어떻게 되나요"}, ko},
		{bot.Turn{Text: "보증 기간이 어떻게 되나요", Language: "en"}, ko},
		{bot.Turn{Text: "how long is the warranty", Language: "ko"}, en},
		{bot.Turn{Text: norm.NFD.String("보증 기간이 어떻게 되나요")}, ko},
		{bot.Turn{Text: "ＷＡＲＲＡＮＴＹ warranty"}, en},
	} {
		reply := s.ask(t, c.turn)
		require.NotNil(t, reply.Messages[0].Article, c.turn.Text)
		require.Equal(t, c.id, reply.Messages[0].Article.ID, c.turn.Text)
	}
	for text, korean := range map[string]bool{"🤷": true, "??": true, "zzz": true, "zzz yyy xxx": false, "모르는 것": true} {
		reply := s.ask(t, bot.Turn{Text: text, Language: "ko"})
		require.True(t, reply.Unsure, text)
		require.Equal(t, korean, hangul(reply.Messages[0].Text), text)
	}
	require.Equal(t, "Talk to a person", s.ask(t, bot.Turn{Text: "?"}).Messages[0].Options[0].Label)
	require.Equal(t, "상담사 연결", s.ask(t, bot.Turn{Text: "?", Language: "ko"}).Messages[0].Options[0].Label)
}

func TestOtherLanguageOnlyWithANote(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec(t, `insert into articles (id, locale, title, body, keywords) values (gen_random_uuid(), 'en', 'Workshops', 'Every first Friday we throw pots.', 'workshop, class, 워크숍, 체험')`)
	reply := s.ask(t, bot.Turn{Text: "워크숍은 언제 있나요?"})
	require.Equal(t, "이 내용은 영어로만 안내해 드릴 수 있습니다.\n\nEvery first Friday we throw pots.", reply.Messages[0].Text)
	s.exec(t, `insert into articles (id, locale, title, body, keywords) values (gen_random_uuid(), 'ko', '워크숍', '매달 첫째 금요일에 도자기를 빚습니다.', '체험')`)
	reply = s.ask(t, bot.Turn{Text: "워크숍은 언제 있나요?"})
	require.Equal(t, "매달 첫째 금요일에 도자기를 빚습니다.", reply.Messages[0].Text)
}

func TestChoosingAnArticle(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	reply := s.ask(t, bot.Turn{Text: "shipping"})
	require.False(t, reply.Unsure)
	options := reply.Messages[0].Options
	require.Len(t, options, 3)
	require.Equal(t, bot.PersonChoice, options[2].ID)

	chosen := s.ask(t, bot.Turn{Text: options[1].Label, Choice: options[1].ID})
	require.Equal(t, "article:"+chosen.Messages[0].Article.ID.String(), options[1].ID)
	require.Equal(t, options[1].Label, chosen.Messages[0].Article.Title)
	require.Contains(t, chosen.Messages[0].Text, "34 countries")

	s.exec(t, `update articles set published = false where id = $1`, chosen.Messages[0].Article.ID)
	gone := s.ask(t, bot.Turn{Choice: options[1].ID})
	require.True(t, gone.Unsure)
	for _, foreign := range []string{"article:nonsense", "article:" + uuid.NewString(), "rating:5", "article:"} {
		require.True(t, s.ask(t, bot.Turn{Choice: foreign}).Unsure, foreign)
		require.Equal(t, right, s.judge(s.ask(t, bot.Turn{Choice: foreign, Text: "refund"}), "refunds"), "an unknown choice still has its text")
	}
}

func TestPublishedNowCountsNow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	require.True(t, s.ask(t, bot.Turn{Text: "do you have unicorns"}).Unsure)
	s.exec(t, `insert into articles (id, locale, title, body) values (gen_random_uuid(), 'en', 'Unicorns', 'Only on Thursdays.')`)
	require.Equal(t, "Only on Thursdays.", s.ask(t, bot.Turn{Text: "do you have unicorns"}).Messages[0].Text)
	s.exec(t, `update articles set published = false where title = 'Unicorns'`)
	require.True(t, s.ask(t, bot.Turn{Text: "do you have unicorns"}).Unsure)
	s.exec(t, `delete from articles`)
	require.True(t, s.ask(t, bot.Turn{Text: "shipping"}).Unsure, "an empty knowledge base")
}

func TestPassage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	sentence := "Our alpacas live on a hill and eat grass all day. "
	add := func(title, body string) {
		locale := "en"
		if hangul(title) {
			locale = "ko"
		}
		s.exec(t, `insert into articles (id, locale, title, body) values (gen_random_uuid(), $1, $2, $3)`, locale, title, body)
	}
	add("Alpacas", strings.Repeat(sentence, 10)+"\n\n"+strings.Repeat(sentence, 10)+"\n\nAlpaca wool is sheared in spring.\r\n\r\nAlpaca feeding happens at noon.")
	add("Llamas", strings.Repeat("Llamas spit. ", 200))
	add("Guanacos", strings.Repeat("guanaco", 300))
	add("비쿠냐", strings.Repeat("비쿠냐는 안데스에 삽니다 ", 200))

	text := s.ask(t, bot.Turn{Text: "alpacas"}).Messages[0].Text
	require.Equal(t, strings.TrimSpace(strings.Repeat(sentence, 10)), text, "as many whole paragraphs as fit")
	text = s.ask(t, bot.Turn{Text: "when are the alpacas sheared for wool"}).Messages[0].Text
	require.True(t, strings.HasPrefix(text, "Alpaca wool is sheared in spring."), "a later paragraph that says more of it")
	text = s.ask(t, bot.Turn{Text: "llamas"}).Messages[0].Text
	require.LessOrEqual(t, utf8.RuneCountInString(text), 900)
	require.True(t, strings.HasSuffix(text, "spit."), "cut after a sentence")
	for _, q := range []string{"guanacos", "비쿠냐"} {
		text = s.ask(t, bot.Turn{Text: q}).Messages[0].Text
		require.LessOrEqual(t, utf8.RuneCountInString(text), 900)
		require.True(t, strings.HasSuffix(text, "…"))
		require.True(t, utf8.ValidString(text))
	}
}

func TestReplySurvivesJSON(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, text := range []string{"shipping", "warranty", "nonsense", "bye"} {
		reply := s.ask(t, bot.Turn{Text: text})
		encoded, err := json.Marshal(reply)
		require.NoError(t, err)
		var decoded bot.Reply
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		require.Equal(t, reply, decoded)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			q := tuned[i]
			reply, err := s.bot.Reply(t.Context(), bot.Turn{Text: q.text})
			if err != nil || s.judge(reply, q.topic) == wrong {
				t.Errorf("%q: %v %v", q.text, reply, err)
			}
		})
	}
	wg.Wait()
}

func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.pool.Close()
	_, err := s.bot.Reply(t.Context(), bot.Turn{TurnID: "turn-7", Text: "shipping"})
	require.ErrorContains(t, err, "turn-7")
}
