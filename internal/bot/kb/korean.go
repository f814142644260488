package kb

import (
	"sort"
	"strings"
)

const (
	firstSyllable = '가'
	lastSyllable  = '힣'
)

func isSyllable(r rune) bool { return r >= firstSyllable && r <= lastSyllable }

// pairs returns the neighbouring syllables of a stem, as hangul_pairs of the database does for articles.
func pairs(stem []rune) []string {
	if len(stem) == 1 {
		return []string{string(stem)}
	}
	all := make([]string, 0, len(stem)-1)
	seen := map[string]bool{}
	for i := range len(stem) - 1 {
		if pair := string(stem[i : i+2]); !seen[pair] {
			seen[pair] = true
			all = append(all, pair)
		}
	}
	return all
}

// particles hang on nouns, verbals make verbs of nouns or end verbs; longest first.
var particles, verbals = endings(`
	은 는 이 가 을 를 에 의 도 만 와 과 로 으로 에서 에서는 에서도 에는 에도 으로는 로는 로도 으로도 에게 한테 께 부터 까지 까지는 처럼 보다 이나 나 라도 이라도 이랑 랑 마다 밖에 조차 쯤 쯤에 들 들은 들이 들을
	요 이요 인가요 인가 인데요 인데 이에요 예요 에요 입니다 입니까 일까요 이죠 죠 이고 이라서 라서 이라 이면 이라고 라고 이란 란 이라는 라는 때문에`), endings(`
	나요 은가요 는가요 가요 까요 을까요 습니다 습니까 는데요 는데 은데 어요 아요 었어요 았어요 였어요 었는데 았는데 었습니다 았습니다 으면 려면 으려면 려고 으려고 고요 지요 거든요 네요 군요 던데 니까 는지 은지 을지 면 고 서 지 어 아 을 야 냐 니 ㅂ니다
	하나요 하는 하는데 하는지 하려면 하려고 하고 하면 하시나요 하셨나요 하신 하기 하게 하지 하죠 하네요 하니까 하였는데 하고싶어요 하고싶은데 하고싶습니다
	하는법 하는데요 할까요 할게요 할래요 할 할지 할때 할려면 합니다 합니까 한 한가요 한데 한지 해 해요 해서 해야 해야하나요 해도 해주세요 해주실 해줘 해줘요 해줄 해드려요 했어요 했는데 했는데요 했습니다 했지만 했더니 했나요
	되나요 되는 되는데 되는지 되면 되죠 되지 되어 되었어요 되었는데 되었나요 됩니다 됩니까 된 된거 될 될까요 돼 돼요 돼서 됐어요 됐는데 됐나요 됐습니다 되고
	받고 받으면 받으려면 받을 받나요 받을수 받는 받았는데 받았어요 받고싶어요 받아요
	시키고 시켜 없나요 없는 없어요 없이 있나요 있는 있는지 있어요 있을까요 있습니까 싶어요 싶은데 싶습니다 싶은데요 주세요 줘 주실 주시겠어요 드려요 가능 가능한가요 가능해요 가능할까요 필요한가요 안돼요 안되나요 안됩니다`)

func endings(list string) [][]rune {
	var all [][]rune
	for _, e := range strings.Fields(list) {
		all = append(all, []rune(e))
	}
	sort.Slice(all, func(i, j int) bool { return len(all[i]) > len(all[j]) })
	return all
}

// stemOf takes off what hangs on a word: 배송비는요 → 배송비, 환불받으려면 → 환불. It is no analysis. stem is empty if the whole
// word is an ending. alternative is what remains of a word of two syllables if the second is an ending, which cannot be told (컵이,
// 나이). action: an ending of verbs was among it.
func stemOf(run []rune) (stem, alternative []rune, action bool) {
	stem = run
	if cut, ok := cutPast(stem); ok {
		return cut, nil, true
	}
	for range 3 {
		if cut, ok := cutEnding(stem, verbals); ok {
			if len(cut) == 1 && len(stem) == 2 {
				return stem, cut, true
			}
			stem, action = cut, true
			continue
		}
		cut, ok := cutEnding(stem, particles)
		if !ok || len(cut) == 0 && len(stem) > 1 {
			break
		}
		if len(cut) == 1 && len(stem) == 2 && !onlyParticle[stem[1]] {
			return stem, cut, action
		}
		ending := stem[len(cut):]
		stem = cut
		if string(ending) != "요" {
			break
		}
	}
	return stem, nil, action
}

var onlyParticle = map[rune]bool{'은': true, '는': true, '을': true, '를': true, '에': true}

func cutEnding(stem []rune, endings [][]rune) ([]rune, bool) {
	for _, e := range endings {
		if at := len(stem) - len(e); at >= 0 && string(stem[at:]) == string(e) {
			return stem[:at], true
		}
	}
	return stem, false
}

// pastEndings follow a syllable that ends in ㅆ (했어요, 왔는데).
var pastEndings = endings(`어 어요 나요 는데 는데요 는지 습니다 지만 네요 죠 거든요 더니 으면 다 을까요`)

// cutPast takes off the ending of a past tense and its ㅆ: 도착했어요 → 도착, 잊어버렸는데 → 잊어버렸.
func cutPast(run []rune) ([]rune, bool) {
	stem, ok := cutEnding(run, pastEndings)
	if !ok || len(stem) == 0 {
		return run, false
	}
	last := stem[len(stem)-1]
	if (last-firstSyllable)%28 != finalSS {
		return run, false
	}
	if len(stem) > 2 && (last == '했' || last == '됐') {
		stem = stem[:len(stem)-1]
	}
	return stem, true
}

// finalSS is the place of ㅆ among the final consonants.
const finalSS = 20

// letters takes Korean syllables apart, so that one wrong letter is one difference.
func letters(s string) []rune {
	var all []rune
	for _, r := range s {
		if !isSyllable(r) {
			all = append(all, r)
			continue
		}
		at := r - firstSyllable
		all = append(all, 0x1100+at/588, 0x1161+at%588/28)
		if final := at % 28; final > 0 {
			all = append(all, 0x11A7+final)
		}
	}
	return all
}
