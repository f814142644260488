package flow

// What the flow SDK itself says to customers.
var (
	textNeedsText     = Texts{"en": "Please answer with a short text.", "ko": "짧은 글로 답변해 주세요."}
	textChooseOne     = Texts{"en": "Please choose one of the options.", "ko": "아래에서 하나를 선택해 주세요."}
	textBotFailed     = Texts{"en": "Sorry, I cannot answer right now. Let me connect you with a person.", "ko": "죄송합니다. 지금은 답변을 드릴 수 없어 상담사에게 연결해 드리겠습니다."}
	textPosition      = Texts{"en": "You are number %d in line.", "ko": "현재 대기 순서는 %d번째입니다."}
	textPositionFirst = Texts{"en": "You are next in line.", "ko": "다음 순서이십니다."}
	textWait          = Texts{"en": "Estimated wait: about %d minutes.", "ko": "예상 대기 시간은 약 %d분입니다."}
	textWaitShort     = Texts{"en": "It should be less than a minute.", "ko": "1분 이내에 연결될 예정입니다."}
)
