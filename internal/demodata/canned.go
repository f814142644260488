package demodata

// cannedReply is one shortcut, in each language.
type cannedReply struct {
	shortcut    string
	title, body label
}

var cannedReplies = []cannedReply{
	{
		"hello", words("Greeting", "인사"),
		words(
			"Hello {{contact.name}}, this is {{agent.name}} from Haru & Sea. How can I help you today?",
			"안녕하세요, {{contact.name}} 고객님. 하루앤씨 {{agent.name}}입니다. 무엇을 도와드릴까요?"),
	},
	{
		"order-number", words("Ask for the order number", "주문 번호 요청"),
		words(
			"Could you give me your order number, please? It starts with HS and is in the confirmation email.",
			"주문 번호를 알려 주시겠어요? 주문 확인 이메일에 있는 HS로 시작하는 번호입니다."),
	},
	{
		"one-moment", words("One moment", "잠시만요"),
		words(
			"Thank you. One moment please, I am looking into it.",
			"감사합니다. 바로 확인해 드릴 테니 잠시만 기다려 주세요."),
	},
	{
		"tracking", words("Where the parcel is", "배송 현황 안내"),
		words(
			"Your parcel is on its way. You can follow it with the tracking link in our shipping email; it should reach you within 2 to 3 working days.",
			"상품이 배송 중입니다. 출고 안내 이메일의 배송 조회 링크에서 위치를 확인하실 수 있으며, 영업일 기준 2~3일 안에 도착할 예정입니다."),
	},
	{
		"return", words("How to return", "반품 방법 안내"),
		words(
			"You can return the item within 30 days: open \"My orders\", choose the order and select \"Return\" to print a free label.",
			"받으신 날부터 30일 안에 반품하실 수 있습니다. \"내 주문\"에서 주문을 고른 뒤 \"반품\"을 눌러 무료 송장을 출력해 주세요."),
	},
	{
		"refund", words("Refund is on its way", "환불 처리 안내"),
		words(
			"I have started your refund. It goes back to the payment method you used and usually arrives within 2 to 5 days.",
			"환불을 접수했습니다. 결제하신 수단으로 환불되며 보통 2~5일 안에 확인하실 수 있습니다."),
	},
	{
		"photo", words("Ask for a photo", "사진 요청"),
		words(
			"I am sorry about that! Could you send me a photo of the item and of the box? Then I can send a replacement right away.",
			"불편을 드려 죄송합니다. 상품과 상자 사진을 보내 주시겠어요? 확인하는 대로 새 상품을 보내 드리겠습니다."),
	},
	{
		"sorry", words("Apology", "사과"),
		words(
			"I am sorry for the trouble, {{contact.name}}. I will do my best to put this right.",
			"불편을 드려 죄송합니다, {{contact.name}} 고객님. 바로잡을 수 있도록 최선을 다하겠습니다."),
	},
	{
		"still-there", words("Are you still there?", "응답 확인"),
		words(
			"Are you still there? If I do not hear from you I will close this chat in a few minutes, but you can write again at any time.",
			"아직 계신가요? 답이 없으시면 잠시 후 상담을 마칠게요. 언제든 다시 말씀해 주세요."),
	},
	{
		"bye", words("Goodbye", "끝인사"),
		words(
			"Thank you for writing to us, {{contact.name}}. Have a lovely day!",
			"문의해 주셔서 감사합니다, {{contact.name}} 고객님. 좋은 하루 보내세요!"),
	},
}
