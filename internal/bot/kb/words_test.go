package kb

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestStem(t *testing.T) {
	t.Parallel()
	for run, want := range map[string]string{
		"배송은": "배송", "배송이": "배송", "배송을": "배송", "배송에서": "배송", "배송으로도": "배송", "배송비는요": "배송비",
		"환불받으려면": "환불", "환불해주세요": "환불", "환불되나요": "환불", "반품하고": "반품", "도착했어요": "도착", "결제됐는데": "결제",
		"취소하고싶어요": "취소", "교환할까요": "교환", "카카오페이로": "카카오페이", "보증기간은": "보증기간",
		// Words that only look as if they had an ending.
		"나이": "나이", "전화": "전화", "우유": "우유", "사과": "사과",
		// Nothing but endings.
		"하나요": "", "되나요": "", "싶어요": "",
		"옷": "옷", "컵은": "컵",
	} {
		stem, _, _ := stemOf([]rune(run))
		require.Equal(t, want, string(stem), run)
	}
	_, alternative, _ := stemOf([]rune("컵이"))
	require.Equal(t, "컵", string(alternative))
}

func TestMisspelt(t *testing.T) {
	t.Parallel()
	for written, meant := range map[string]string{
		"refnud": "refund", "reutrn": "return", "shiping": "shipping", "delivary": "delivery", "warrenty": "warranty", "mony": "money",
		"환뷸": "환불", "뱨송": "배송", "영업시갼": "영업시간", "interntaional": "international",
	} {
		_, ok := misspelt(written, meant)
		require.True(t, ok, "%s for %s", written, meant)
	}
	for written, meant := range map[string]string{
		"cart": "card", "bored": "return", "mouse": "house", "환율": "환불", "주식": "주소", "bank": "banks2", "a": "b", "가": "나",
	} {
		_, ok := misspelt(written, meant)
		require.False(t, ok, "%s for %s", written, meant)
	}
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, conversation, want string }{
		{"hello", "", "en"}, {"hello there", "ko", "en"}, {"paypal", "ko", "ko"}, {"paypal", "", "en"}, {"배송", "", "ko"},
		{"paypal 돼요?", "en", "ko"}, {"🙂", "ko", "ko"}, {"🙂", "", "en"}, {"", "ko", "ko"}, {"123", "en", "en"}, {"ㅇㅇ", "", "ko"}, {"こんにちは", "", "en"},
	} {
		require.Equal(t, c.want, languageOf(clean(c.text), c.conversation), c.text)
	}
}

func FuzzQuestion(f *testing.F) {
	for _, seed := range []string{"", "Hello, how are you?", "배송은 언제 되나요", "\x00\xff", "a.b.c\n\n", "배송", "e\u0301\u0302", strings.Repeat("가", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = clean(text)
		require.True(t, utf8.ValidString(text))
		words := question(text)
		require.LessOrEqual(t, len(uniqueTerms(words)), maxTerms)
		for _, term := range uniqueTerms(words) {
			require.NotEmpty(t, term)
			require.NotContains(t, term, "'")
			require.NotContains(t, term, `\`)
			require.NotContains(t, term, "\x00")
		}
		simplify(text)
		languageOf(text, "")
		misspelt(text, "refund")
	})
}
