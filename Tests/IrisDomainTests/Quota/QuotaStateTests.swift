import IrisDomain
import Testing

struct QuotaStateTests {
  private static func state(
    dayLimit: Int?, used: Int, reserved: Int = 0, minuteLimit: Int? = 3, minuteUsed: Int = 0
  ) -> QuotaState {
    QuotaState(
      dayLimit: dayLimit, dayUsed: used, dayReserved: reserved, minuteLimit: minuteLimit, minuteUsed: minuteUsed,
      minuteResetSeconds: 1, dayResetSeconds: 2, resetsAt: "")
  }

  @Test(
    arguments: [
      (10, 0, 0, 10), (10, 9, 0, 1), (10, 9, 1, 0), (10, 10, 0, 0), (10, 12, 3, 0), (0, 0, 0, 0), (nil, 500, 3, nil),
    ] as [(Int?, Int, Int, Int?)])
  func `messages left today`(limit: Int?, used: Int, reserved: Int, left: Int?) {
    #expect(Self.state(dayLimit: limit, used: used, reserved: reserved).dayRemaining == left)
  }

  @Test(arguments: [(3, 0, 3), (3, 3, 0), (3, 5, 0), (nil, 9, nil)] as [(Int?, Int, Int?)])
  func `messages left this minute`(limit: Int?, used: Int, left: Int?) {
    #expect(Self.state(dayLimit: 1, used: 0, minuteLimit: limit, minuteUsed: used).minuteRemaining == left)
  }

  @Test func `limits are looked up by tier`() {
    let limits = Limits(
      free: TierLimits(messagesPerDay: 10, messagesPerMinute: 3, lettersPerMonth: 2),
      premium: TierLimits(messagesPerDay: nil, messagesPerMinute: 10, lettersPerMonth: nil))
    #expect(limits[.free].messagesPerDay == 10 && limits[.premium].messagesPerMinute == 10)
  }

  @Test func `the fixed numbers are those promised`() {
    #expect(QuotaRules.freeBlockedAnswers == 5 && QuotaRules.freeTurns == 4 && QuotaRules.reservationGraceSeconds == 15)
  }
}
