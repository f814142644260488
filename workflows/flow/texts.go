package flow

// What customers choose who would rather be told when it is their turn, and what they are told then.
var (
	CallbackOption = Texts{"en": "Message me when it is my turn", "ko": "차례가 되면 메시지 받기"}
	CallbackTaken  = Texts{"en": "You keep your place in line. We write to you here as soon as somebody is free.", "ko": "대기 순서는 그대로 유지됩니다. 상담사가 준비되면 이곳으로 바로 연락드리겠습니다."}
)

// What the flow SDK itself says to customers.
var (
	textNeedsText     = Texts{"en": "Please answer with a short text.", "ko": "짧은 글로 답변해 주세요."}
	textChooseOne     = Texts{"en": "Please choose one of the options.", "ko": "아래에서 하나를 선택해 주세요."}
	textBotFailed     = Texts{"en": "Sorry, I cannot answer right now. Let me connect you with a person.", "ko": "죄송합니다. 지금은 답변을 드릴 수 없어 상담사에게 연결해 드리겠습니다."}
	textPosition      = Texts{"en": "You are number %d in line.", "ko": "현재 대기 순서는 %d번째입니다."}
	textPositionFirst = Texts{"en": "You are next in line.", "ko": "다음 순서이십니다."}
	textWait          = Texts{"en": "Estimated wait: about %d minutes.", "ko": "예상 대기 시간은 약 %d분입니다."}
	textYourTurn      = Texts{"en": "It is your turn: somebody is here for you now.", "ko": "차례가 되었습니다. 지금 상담사가 연결되었습니다."}
	textRated         = Texts{"en": "Thank you for your rating.", "ko": "평가해 주셔서 감사합니다."}
	textWaitShort     = Texts{"en": "It should be less than a minute.", "ko": "1분 이내에 연결될 예정입니다."}
)
