package twilio_test

import (
	"testing"

	"seax/connectors/connectortest"
	"seax/connectors/twilio"
)

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	var bodies [][]byte
	for _, body := range []string{
		"MessageSid=SM1&From=%2B15005550006&To=%2B14155550100&Body=STOP&OptOutType=STOP", "MessageSid=MM1&From=%2B15005550006&NumMedia=2&MediaUrl0=https%3A%2F%2Fapi.twilio.com%2Fx&MediaContentType0=image%2Fpng",
		"MessageSid=SM1&MessageStatus=failed&ErrorCode=30007&To=%2B15005550006", "SmsSid=SM1&From=12345&Latitude=NaN&Longitude=1e999&Label=x&Address=y", "SmsMessageSid=SM1&From=x&ButtonPayload=a&ButtonText=A&ListId=b&MessagingServiceSid=MG1",
		"MessageSid=SM1&From=%2B15005550006&ReferralBody=x&ReferralHeadline=%00&ProfileName=%ff&OriginalRepliedMessageSid=SM0&MessageType=sticker", "MessageSid=SM1&From=a&From=b&MessageSid=SM2", "a=%zz", ";",
	} {
		bodies = append(bodies, []byte(body))
	}
	connectortest.Fuzz(f, twilio.NewSMS(w.deps), sms, w.Raw(sms, nil), bodies...)
}
