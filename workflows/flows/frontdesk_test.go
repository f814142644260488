package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/workflows/flow"
	"seax/workflows/flows"
	. "seax/workflows/flowtest"
)

func frontdesk() *Scenario { return &Scenario{Flow: "frontdesk", Flows: flows.All()} }

func TestFrontdeskRoutesByLanguageAndDepartment(t *testing.T) {
	t.Parallel()
	play := func(renew bool) Result {
		s := frontdesk().At(0, Customer("hi")).
			At(5*time.Second, Customer("Klingon")).
			At(10*time.Second, Chooses("2")).
			At(15*time.Second, Customer("결제 및 청구")).
			At(20*time.Second, Offered("Mina")).At(21*time.Second, Accepted()).
			At(30*time.Second, Completes("resolved")).At(35*time.Second, Chooses("3"))
		s.Renew = renew
		return s.Play(t)
	}
	r := play(false)
	require.Equal(t, []string{
		"customer: hi",
		"bot: Which language do you prefer? 어떤 언어가 편하세요? [English|한국어]",
		"customer: Klingon",
		"bot: Please choose one of the options.\nWhich language do you prefer? 어떤 언어가 편하세요? [English|한국어]",
		"customer: [2]",
		"bot: 어떤 도움이 필요하신가요? [주문 및 상품|결제 및 청구|구매 상담]",
		"customer: 결제 및 청구",
		"bot: 상담사에게 연결해 드리겠습니다. 잠시만 기다려 주세요.",
		"bot: 오늘 상담은 어떠셨나요? 1점부터 5점까지 선택해 주세요. [1|2|3|4|5]",
		"customer: [3]",
		"bot: 감사합니다. 좋은 하루 보내세요!",
	}, r.Transcript())
	require.Equal(t, []flow.Request{{Queue: "billing", Skills: map[string]int{"ko": 40}, Reason: "frontdesk", OfferCallback: true}}, r.Requests)
	require.Equal(t, "billing", r.Attributes["department"])
	require.Equal(t, "ko", r.Language)
	require.Equal(t, r.Transcript(), play(true).Transcript())
}

func TestFrontdeskTakesAMessageWhenClosed(t *testing.T) {
	t.Parallel()
	s := frontdesk().At(0, Customer("hi")).At(5*time.Second, Chooses("1")).At(10*time.Second, Chooses("1")).
		At(15*time.Second, Customer("not an address")).
		At(20*time.Second, Customer("Kim@Example.com")).
		At(25*time.Second, Customer("Where is my parcel?")).
		At(12*time.Hour, Offered("Ana")).At(12*time.Hour+time.Second, Accepted()).At(12*time.Hour+time.Minute, Completes("answered"))
	s.Closed = map[string]time.Time{"support": time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	r := s.Play(t)
	lines := r.Transcript()
	require.Contains(t, lines, "bot: We are closed right now. We open again on 2026-11-24 09:00 (UTC).")
	require.Contains(t, lines, "bot: That does not look like an email address.\nUnder which email address can we reach you?")
	require.Equal(t, "kim@example.com", r.Attributes["email"])
	require.Equal(t, "Where is my parcel?", r.Attributes["message"])
	require.Equal(t, "bot: Thank you. We will get back to you as soon as we open.", lines[len(lines)-1], "nobody hears of positions at night")
	require.Equal(t, conversation.Done, r.Phase())
}

func TestFrontdeskGoesOnWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	r := frontdesk().At(0, Customer("hi")).At(time.Second, Customer("x")).At(2*time.Second, Customer("y")).At(3*time.Second, Customer("z")).
		At(10*time.Second, Offered("Ana")).At(11*time.Second, Accepted()).At(20*time.Second, Completes("")).Play(t)
	require.Contains(t, r.Attention, "no fitting answer", "who cannot choose gets a person")
	require.Len(t, r.Requests, 1)
}
