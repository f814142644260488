package flows

import "seax/workflows/flow"

// What the shipped flows say.
var (
	botGaveUp         = flow.Texts{"en": "I am not sure about that one.", "ko": "그 부분은 제가 정확히 답변드리기 어렵습니다."}
	connecting        = flow.Texts{"en": "I am connecting you with a person. One moment, please.", "ko": "상담사에게 연결해 드리겠습니다. 잠시만 기다려 주세요."}
	howWasIt          = flow.Texts{"en": "How did we do, from 1 to 5?", "ko": "오늘 상담은 어떠셨나요? 1점부터 5점까지 선택해 주세요."}
	thanks            = flow.Texts{"en": "Thank you! Have a good day.", "ko": "감사합니다. 좋은 하루 보내세요!"}
	whichDepartment   = flow.Texts{"en": "What is it about?", "ko": "어떤 도움이 필요하신가요?"}
	departmentSupport = flow.Texts{"en": "Orders and products", "ko": "주문 및 상품"}
	departmentBilling = flow.Texts{"en": "Payments and invoices", "ko": "결제 및 청구"}
	departmentSales   = flow.Texts{"en": "Buying something", "ko": "구매 상담"}
	weAreClosed       = flow.Texts{"en": "We are closed right now.", "ko": "지금은 상담 시간이 아닙니다."}
	weOpen            = flow.Texts{"en": "We open again on", "ko": "다음 상담 시작:"}
	askEmail          = flow.Texts{"en": "Under which email address can we reach you?", "ko": "답변을 받으실 이메일 주소를 알려 주세요."}
	badEmail          = flow.Texts{"en": "That does not look like an email address.", "ko": "이메일 주소 형식이 올바르지 않습니다."}
	askMessage        = flow.Texts{"en": "What may we help you with?", "ko": "어떤 도움이 필요하신지 남겨 주세요."}
	messageTaken      = flow.Texts{"en": "Thank you. We will get back to you as soon as we open.", "ko": "감사합니다. 상담 시간이 되면 바로 답변드리겠습니다."}
	howToGoOn         = flow.Texts{"en": "How would you like to go on?", "ko": "어떻게 하시겠어요?"}
	waitInLine        = flow.Texts{"en": "Wait in line", "ko": "순서대로 기다리기"}
	leaveWord         = flow.Texts{"en": "Leave a message", "ko": "메시지 남기기"}
)

// nobodyNow says why nobody can be had, by flow.RouteResult.Overflow.
var nobodyNow = map[string]flow.Texts{
	"full":      {"en": "So many people are waiting that our queue is full.", "ko": "지금 대기 중인 고객이 많아 대기열이 가득 찼습니다."},
	"closed":    {"en": "We are closed right now.", "ko": "지금은 상담 시간이 아닙니다."},
	"unstaffed": {"en": "Nobody is at their desk right now.", "ko": "지금은 상담 가능한 직원이 없습니다."},
	"draining":  {"en": "We take no further conversations right now.", "ko": "지금은 새로운 상담을 받지 않고 있습니다."},
	"exhausted": {"en": "We have not found anybody for you yet.", "ko": "아직 연결 가능한 상담사를 찾지 못했습니다."},
}
