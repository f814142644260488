package demodata

import "seax/internal/sla"

type skill struct {
	id    string
	label label
}

var skills = []skill{
	{"en", words("English", "영어")},
	{"ko", words("Korean", "한국어")},
	{"billing", words("Billing", "결제·환불")},
	{"technical", words("Technical", "기술 지원")},
	{"vip", words("VIP customers", "VIP 고객")},
}

type outcome struct {
	ID    string `json:"id"`
	Label label  `json:"label"`
}

// queue has no hours: the demo is always open.
type queue struct {
	id       string
	name     label
	timeZone string
	promises sla.Targets
	outcomes []outcome
}

var (
	resolved  = outcome{"resolved", words("Resolved", "해결됨")}
	followUp  = outcome{"follow-up", words("Needs follow-up", "후속 조치 필요")}
	noReply   = outcome{"no-reply", words("Customer stopped replying", "고객 응답 없음")}
	spam      = outcome{"spam", words("Spam", "스팸")}
	duplicate = outcome{"duplicate", words("Duplicate", "중복 문의")}
)

var queues = []queue{
	{"support", words("Support", "고객 지원"), "Asia/Seoul", sla.Targets{FirstReply: 5 * 60, NextReply: 10 * 60, Resolution: 8 * 3600}, []outcome{
		resolved, followUp, {"replacement", words("Replacement sent", "교환품 발송")}, noReply, duplicate, spam,
	}},
	{"billing", words("Billing", "결제·환불"), "Europe/Berlin", sla.Targets{FirstReply: 15 * 60, NextReply: 30 * 60, Resolution: 24 * 3600}, []outcome{
		resolved, {"refunded", words("Refunded", "환불 처리")}, {"corrected", words("Invoice corrected", "청구서 정정")}, followUp, noReply, spam,
	}},
	{"sales", words("Sales", "판매"), "America/New_York", sla.Targets{}, []outcome{
		{"sold", words("Sold", "판매 완료")}, {"quote", words("Quote sent", "견적 발송")},
		{"not-interested", words("Not interested", "구매 의사 없음")}, followUp, noReply, spam,
	}},
}

// person has no password of their own, see Password. Levels of skills run from 1 to 100, of queues from 1 (asked first).
type person struct {
	name, email, role, locale string
	capacity                  int
	skills                    map[string]int
	queues                    map[string]int
}

var people = []person{
	{
		"Mina Park", "mina@seax.demo", "agent", "ko", 100,
		map[string]int{"ko": 100, "en": 70, "vip": 60},
		map[string]int{"support": 1, "sales": 2},
	},
	{
		"Jonas Weber", "jonas@seax.demo", "agent", "en", 100,
		map[string]int{"en": 90, "technical": 90},
		map[string]int{"support": 1},
	},
	{
		"Ana López", "ana@seax.demo", "agent", "en", 100,
		map[string]int{"en": 85, "billing": 90},
		map[string]int{"billing": 1, "support": 2},
	},
	{
		"Seojun Kim", "seojun@seax.demo", "agent", "ko", 100,
		map[string]int{"ko": 100, "en": 50, "billing": 70, "technical": 40},
		map[string]int{"billing": 1, "support": 1},
	},
	{
		"Priya Nair", "priya@seax.demo", "agent", "en", 60,
		map[string]int{"en": 95, "vip": 90, "billing": 50},
		map[string]int{"sales": 1, "support": 2},
	},
	{
		"Tom Baker", "tom@seax.demo", "agent", "en", 40,
		map[string]int{"en": 100, "technical": 50},
		map[string]int{"support": 2, "sales": 1},
	},
	// Those two are offered nothing, but they can take a conversation over.
	{"Grace Cho", "grace@seax.demo", "supervisor", "ko", 100, map[string]int{"ko": 100, "en": 100, "vip": 100}, nil},
	{"Leo Brandt", "leo@seax.demo", "admin", "en", 100, map[string]int{"en": 100}, nil},
}

type channel struct {
	id, name, flow, queue string
	cost                  int
	settings              map[string]string
}

var channels = []channel{
	{"demo", "Haru & Sea shop", "assistant", "support", 20, map[string]string{
		"origins":     "*",
		"title_en":    "Haru & Sea",
		"title_ko":    "하루앤씨",
		"greeting_en": "Hello! Ask me about shipping, returns or our products, or say that you would like to talk to a person.",
		"greeting_ko": "안녕하세요! 배송, 반품, 상품에 대해 물어보세요. 상담사와 이야기하고 싶으시면 말씀해 주세요.",
	}},
	{"frontdesk-demo", "Haru & Sea front desk", "frontdesk", "support", 20, map[string]string{
		"origins":     "*",
		"title_en":    "Haru & Sea front desk",
		"title_ko":    "하루앤씨 안내 데스크",
		"greeting_en": "Welcome to Haru & Sea. A few quick questions and we will find the right person for you.",
		"greeting_ko": "하루앤씨에 오신 것을 환영합니다. 몇 가지만 여쭤보고 알맞은 상담사를 연결해 드릴게요.",
	}},
}
