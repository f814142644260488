package kb

import (
	"regexp"
	"strings"

	"seax/internal/bot"
	"seax/internal/conversation"
)

// askedForPerson is the reason of a hand-off the customer asked for.
const askedForPerson = "The customer asked for a person"

// phrases are what the bot says of its own, in one language.
type phrases struct {
	hello, helloName, welcome, goodbye, noted, allRight string
	dontKnow, cannotRead                                string
	whichOne, otherLanguage, personLabel                string
}

var texts = map[string]phrases{
	english: {
		hello:         "Hello! What can I help you with?",
		helloName:     "Hello {name}! What can I help you with?",
		welcome:       "You are welcome! Is there anything else?",
		goodbye:       "Goodbye, and thank you for writing to us!",
		noted:         "Good. Just write if there is anything else.",
		allRight:      "All right. I am here if you need anything.",
		dontKnow:      "I am sorry, I do not know the answer to that. You can put it in other words, or talk to a person.",
		cannotRead:    "I can only answer written questions. Please tell me in a few words what it is about, or talk to a person.",
		whichOne:      "Which of these do you mean?",
		otherLanguage: "I have this in Korean only:",
		personLabel:   "Talk to a person",
	},
	korean: {
		hello:         "안녕하세요! 무엇을 도와드릴까요?",
		helloName:     "안녕하세요, {name}님! 무엇을 도와드릴까요?",
		welcome:       "도움이 되었다니 기쁩니다! 더 필요하신 것이 있으신가요?",
		goodbye:       "문의해 주셔서 감사합니다. 좋은 하루 보내세요!",
		noted:         "네, 더 궁금한 점이 있으면 말씀해 주세요.",
		allRight:      "알겠습니다. 필요하시면 언제든 말씀해 주세요.",
		dontKnow:      "죄송합니다. 제가 답을 알지 못하는 내용입니다. 다르게 말씀해 주시거나 상담사와 이야기하실 수 있습니다.",
		cannotRead:    "저는 글로 된 질문에만 답할 수 있습니다. 어떤 내용인지 짧게 적어 주시거나 상담사와 이야기하실 수 있습니다.",
		whichOne:      "어떤 내용을 찾으시나요?",
		otherLanguage: "이 내용은 영어로만 안내해 드릴 수 있습니다.",
		personLabel:   "상담사 연결",
	},
}

func (p phrases) person() conversation.Option {
	return conversation.Option{ID: bot.PersonChoice, Label: p.personLabel}
}

// unsure says that the bot does not know; wordless: because the customer wrote nothing it could read.
func (p phrases) unsure(wordless bool) bot.Reply {
	text := p.dontKnow
	if wordless {
		text = p.cannotRead
	}
	return bot.Reply{Unsure: true, Messages: []conversation.Message{{Text: text, Options: []conversation.Option{p.person()}}}}
}

// only matches a text that has nothing but the given words (and those that go with any of them), at least one of them.
func only(words string) *regexp.Regexp {
	const fillers = `there|all|team|everyone|again|dear|sir|madam|so|very|much|a lot|lots|for|your|the|that|this|it|is|help|you|and|now|then|well|oh|정말|너무|네|예|아|진짜|도움이|도움|됐어요|되었어요|됐습니다|되었습니다|답변|그럼|그래요|덕분에`
	return regexp.MustCompile(`^(?:(?:` + fillers + `) )*(?:` + words + `)(?: (?:` + words + `|` + fillers + `))*$`)
}

var (
	greeting = only(`hi|hiya|hello|helo|hey|heya|howdy|yo|good (?:morning|afternoon|evening|day)|greetings|how are you|whats up|sup|` +
		`안녕|안녕하세요|안녕하세여|안녕하십니까|안뇽|반갑습니다|반가워요|반가워|하이|하이요|헬로|여보세요|저기요|ㅎㅇ|ㅎㅇㅇ|좋은 (?:아침|하루|저녁)(?:이에요|입니다)?`)
	thanks = only(`thanks|thank you|thank u|thankyou|thanx|thx|ty|tnx|cheers|great|perfect|awesome|wonderful|excellent|i appreciate it|appreciate it|that helps|that helped|` +
		`감사|감사합니다|감사해요|감사드려요|감사드립니다|고마워|고마워요|고맙습니다|땡큐|ㄱㅅ|ㄳ|최고예요|최고에요`)
	farewell = only(`bye|bye bye|goodbye|good bye|see you|see ya|have a (?:nice|good|great) (?:day|one|evening|weekend)|안녕히 계세요|안녕히계세요|수고하세요|수고하셨습니다|잘 있어요|바이|바이바이|ㅂㅂ|ㅂㅇ`)
	consent  = only(`ok|okay|okey|k|alright|all right|fine|sure|got it|i see|understood|yes|yep|yeah|yup|yes please|please do|` +
		`네|네네|예|넵|넹|응|ㅇㅇ|ㅇㅋ|오케이|알겠습니다|알겠어요|알았어요|좋아요|좋습니다|그래요|네 부탁드려요|부탁드려요|부탁드립니다`)
	refusal = only(`no|nope|nah|no thanks|no thank you|nothing|nothing else|thats all|that is all|im good|all good|never mind|nevermind|` +
		`아니|아니요|아니오|아뇨|괜찮아요|괜찮습니다|없어요|없습니다|됐어요|됐습니다|그만`)
	person = regexp.MustCompile(`\b(?:talk|speak|chat|connect|transfer|get)(?: me)?(?: to| with)? (?:a |an |the |some |your )?(?:real |live |human )*(?:person|human|someone|somebody|agent|representative|operator|advisor)\b` +
		`|^(?:a |an |real |live |human )*(?:agent|human|person|operator|representative)(?: please)?$` +
		`|상담(?:사|원|직원)(?:이랑|과|와|하고|한테|에게|을|를|분)?(?: 좀)?(?: ?(?:연결|바꿔|불러|이야기|얘기|대화|통화|상담)|$)|사람(?:이랑|과|하고|한테)? ?(?:상담|이야기|얘기|대화|연결|통화)`)
	thumbs = regexp.MustCompile(`^[👍👌🙏❤🙂😊😀😁🤗💕💯✅👏\x{FE0F}\x{1F3FB}-\x{1F3FF}\s]+$`)
)

// smallTalk answers what is no question; ok is false if there is one in the text.
func smallTalk(text string, turn bot.Turn, say phrases) (reply bot.Reply, ok bool) {
	says := func(text string) (bot.Reply, bool) {
		return bot.Reply{Messages: []conversation.Message{{Text: text}}}, true
	}
	bare := simplify(text)
	// The turn before this offered a person.
	offered := turn.Misses > 0
	switch {
	case strings.TrimSpace(text) != "" && thumbs.MatchString(text):
		return says(say.noted)
	case bare == "" || len(bare) > 120:
		return reply, false
	case greeting.MatchString(bare):
		if name := strings.TrimSpace(turn.Contact.Name); name != "" && len(name) <= 60 {
			return says(strings.ReplaceAll(say.helloName, "{name}", name))
		}
		return says(say.hello)
	case consent.MatchString(bare):
		if offered {
			return bot.Reply{Handoff: askedForPerson}, true
		}
		return says(say.noted)
	case refusal.MatchString(bare):
		return says(say.allRight)
	case thanks.MatchString(bare):
		return says(say.welcome)
	case farewell.MatchString(bare):
		reply, ok = says(say.goodbye)
		reply.End = true
		return reply, ok
	case person.MatchString(bare):
		return bot.Reply{Handoff: askedForPerson}, true
	}
	return reply, false
}

// simplify leaves the words with one space between them, and no letter three times in a row: "Heyyy!!" becomes "hey".
func simplify(text string) string {
	words := runs(strings.ReplaceAll(text, "'", ""))
	for i, w := range words {
		words[i] = squeeze(w)
	}
	return strings.Join(words, " ")
}

func squeeze(word string) string {
	r := []rune(word)
	kept := r[:0:0]
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && r[j] == r[i] {
			j++
		}
		if j-i == 2 {
			kept = append(kept, r[i])
		}
		kept = append(kept, r[i])
		i = j
	}
	return string(kept)
}
