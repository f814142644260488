package kb

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Languages the bot speaks.
const (
	english = "en"
	korean  = "ko"
)

// maxTerms bounds what one question costs; of a longer one the beginning and the end count, where people say what they want.
const maxTerms = 48

// word is one word of a question, as it is looked up.
type word struct {
	// text is the word without what hangs on it, in lower case.
	text string
	// terms are what it is looked up by: the word itself, or its pairs of syllables.
	terms []string
	// alternative is the word without an ending that may also be part of it (컵이: 컵), used when no article has the word.
	alternative string
	// action: a Korean word that ended like a verb. What one does is said in many more ways than what one does it to.
	action bool
	// idle: no article has it, and it may be a form or a misspelling of a word that says nothing of the topic.
	idle bool
	// guessed: put in the place of a word no article has.
	guessed bool
	// sentence counts from 0.
	sentence int
}

// resembles reports whether two words begin alike, as forms of one word do. For stemming proper there is Postgres.
func (w word) resembles(other word) bool {
	return strings.HasPrefix(other.text, w.root()) || strings.HasPrefix(w.text, other.root())
}

// root is a word without its last letters, if it is long enough to be told by the others.
func (w word) root() string {
	r := []rune(w.text)
	if !isSyllable(r[0]) && len(r) > 5 {
		r = r[:max(5, len(r)-3)]
	}
	return string(r)
}

// clean makes text comparable: composed letters (some systems send Korean decomposed), lower case, no invisible characters.
func clean(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, " "))
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case r == '’':
			return '\''
		default:
			return unicode.ToLower(r)
		}
	}, text)
}

// languageOf says in which language to answer: Korean if there is Hangul in the text; the conversation's own if the text does not
// show one, or is a single foreign word such as a brand.
func languageOf(text, conversation string) string {
	latin := 0
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		for _, r := range run {
			if unicode.Is(unicode.Hangul, r) {
				return korean
			}
		}
		if unicode.Is(unicode.Latin, []rune(run)[0]) {
			latin++
		}
	}
	if conversation == korean && latin <= 1 {
		return korean
	}
	return english
}

// question splits clean text into the words worth looking up, each once per sentence.
func question(text string) []word {
	var words []word
	type place struct {
		text     string
		sentence int
	}
	seen, said := map[place]bool{}, map[string]bool{}
	for i, sentence := range sentences(text) {
		if said[sentence] {
			continue
		}
		said[sentence] = true
		for _, run := range runs(sentence) {
			w, ok := newWord(run)
			if !ok || seen[place{w.text, i}] {
				continue
			}
			seen[place{w.text, i}] = true
			w.sentence = i
			words = append(words, w)
		}
	}
	return shorten(words)
}

func sentences(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?\n;。？！", r) })
}

// runs splits at everything that is no letter or digit, and where Hangul meets another script ("paypal로").
func runs(text string) []string {
	var all []string
	start, hangul := -1, false
	for i, r := range text {
		part := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
		isHangul := unicode.Is(unicode.Hangul, r)
		if start >= 0 && (!part || isHangul != hangul) {
			all = append(all, text[start:i])
			start = -1
		}
		if part && start < 0 {
			start, hangul = i, isHangul
		}
	}
	if start >= 0 {
		all = append(all, text[start:])
	}
	return all
}

func newWord(run string) (word, bool) {
	if len(run) > 120 {
		return word{}, false
	}
	if r := []rune(run); isSyllable(r[0]) {
		stem, alternative, action := stemOf(r)
		if len(stem) == 0 || stopKorean[string(stem)] {
			return word{}, false
		}
		return word{text: string(stem), terms: pairs(stem), alternative: string(alternative), action: action}, true
	}
	if len(run) < 2 || stopEnglish[run] {
		return word{}, false
	}
	return word{text: run, terms: []string{run}}, true
}

// lookups are all the terms a word is looked up by.
func (w word) lookups() []string {
	if w.alternative == "" {
		return w.terms
	}
	return append(w.terms[:len(w.terms):len(w.terms)], w.alternative)
}

// mayBeIdle reports whether a word may be a form or a misspelling of one that says nothing of the topic.
func (w word) mayBeIdle() bool {
	if isSyllable([]rune(w.text)[0]) {
		return stopKorean[w.alternative]
	}
	for stop := range stopEnglish {
		if _, ok := misspelt(w.text, stop); ok && len(stop) >= 5 {
			return true
		}
	}
	return false
}

// shorten keeps at most maxTerms different terms.
func shorten(words []word) []word {
	terms := map[string]bool{}
	keep := make([]bool, len(words))
	for taken := range words {
		i := taken / 2
		if taken%2 == 1 {
			i = len(words) - 1 - i
		}
		for _, t := range words[i].lookups() {
			terms[t] = true
		}
		if len(terms) > maxTerms {
			break
		}
		keep[i] = true
	}
	kept := words[:0:0]
	for i, w := range words {
		if keep[i] {
			kept = append(kept, w)
		}
	}
	return kept
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// stopEnglish are words that say nothing of a chat's topic, beginning with those Postgres does not index.
var stopEnglish = set(`
	a an the and or but if because as until while of at by for with about against between into through during before after above below
	to from up down in out on off over under again further then once both each few more most other such no nor not only own so than
	too very can will just should i he she his her him hers himself herself themselves yourself
	i'm im ive i've id i'd ill i'll you're youre dont don't doesnt didnt cant can't couldn't wont won't isnt aren't whats what's wheres where's hows
	ain re ve ll hasn haven hadn didn doesn isn wasn weren won couldn shouldn wouldn aren don policy policies terms different other another same
	hi hello hey thanks thank thx please pls plz sorry ok okay yes yeah no sure well oh hmm um uh btw anyway actually really just also still already
	want wants wanted need needs needed would could should may might must like wish wanna gonna gotta let lets
	know tell say said ask asking asked question questions help helps explain wondering wonder guess think understand sure
	get gets got getting give gives gave given go goes going went come comes make makes made take takes took taking use using used
	do does did done doing has have had having be been being am is are was were
	how what when where which who whom why much many long often soon far
	thing things something anything stuff way ways kind sort lot lots bit some any every
	new one two three first last next
	possible able allowed available information info details
	my mine your yours our me us we you they them their it its this that these those there here
	day days today tomorrow yesterday now time times ago later week weeks
	item items product products order orders ordered ordering buy bought buying purchase purchased
	shop customer guys team dear hope problem issue see look looking find
	u ur r`)

// stopKorean are stems that say nothing of the topic.
var stopKorean = set(`
	저 제 저희 나 내 우리 그 이 저기 거 것 게 건 걸 이거 그거 저거 이것 그것 이건 그건 여기 거기 요 좀 한번 혹시 그냥 정말 진짜 아직 이미 지금 오늘 어제 내일 그리고 그런 그래서 근데 그런데 다시 또 더 너무 많이 빨리
	어떻게 어떡 어떤 어디 어느 언제 얼마 얼마나 왜 뭐 무엇 무슨 누가 몇 며칠
	하 되 돼 된 될 해 할 한 했 됐 있 없 주 알 싶 보 가 오 받 사 쓰 살 같 드리 드려 줄 준 볼 본 갈 간 올 온 받을 받은 있을 없을 가능 궁금 필요 부탁 생각 설명 도움 도와 알려 안내 문의 질문 말 얘기 이야기 경우 때 수 중 후 전 안 못 잘 다 등 및 쪽 정도 방법 관련 대해 대한 원 개 시 일 분
	안녕 안녕하 안녕하세 안녕하십 감사 고마 죄송 네 예 아니 상품 제품 물건 주문 구매 구입 하루 샀 왔 갔 안돼 안되 걸리 걸려 됩 합 입 어 으 대 써 넣 갖 들 찾 놓 두 원하 바라 계시 계신 그러 이러 저러 어때 어떠 여쭤 아시 모르 요즘 어제 지난주 저번 이번`)
