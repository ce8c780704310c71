// Texts of NEXMark events, and the tables they are drawn from.

#include "runtime/nexmark.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace flow::runtime {

NexmarkTables::NexmarkTables(uint64_t seed, double rate, int64_t base_time)
    : letters_(kFlowNexmarkNoise, 'a'), words_(kFlowNexmarkNoise, 'a'), powers_(3 * 128) {
  generator_.seed = seed;
  generator_.base_time = base_time;
  generator_.event_delay_us = 1e6 / rate;
  generator_.letters = letters_.data();
  generator_.words = words_.data();
  generator_.powers = powers_.data();
  for (size_t i = 0; i < letters_.size(); ++i) {
    uint64_t random = flow_nexmark_random(&generator_, -1 - static_cast<int64_t>(i), 0);
    letters_[i] = static_cast<char>('a' + flow_nexmark_below(random, 26));
    bool space = flow_nexmark_below(random * 0x9e3779b97f4a7c15u, 13) == 0;
    words_[i] = space ? ' ' : letters_[i];
  }
  // 10^(6 x / 2^21) for the 21 bits of x, as a product of three factors. Square roots are exact to
  // the last bit on every machine, which a power function is not.
  double root[22];
  root[0] = 1e6;
  for (int i = 1; i <= 21; ++i) root[i] = std::sqrt(root[i - 1]);
  for (int part = 0; part < 3; ++part) {
    for (int i = 0; i < 128; ++i) {
      double power = 1.0;
      for (int bit = 0; bit < 7; ++bit) {
        if ((i >> (6 - bit) & 1) != 0) power *= root[part * 7 + bit + 1];
      }
      powers_[static_cast<size_t>(part * 128 + i)] = power;
    }
  }
}

}  // namespace flow::runtime

namespace {

struct Text {
  const char* data;
  int64_t size;
};
#define FLOW_TEXT(literal) Text{literal, sizeof(literal) - 1}

FlowString Pick(const Text* texts, int64_t count, uint64_t random) {
  const Text& text = texts[flow_nexmark_below(random, count)];
  return {text.data, text.size};
}

// Small texts are written to a buffer, then copied to the arena.
struct Writer {
  char bytes[160];
  int64_t size = 0;

  void Put(const char* text, int64_t count) {
    std::memcpy(bytes + size, text, static_cast<size_t>(count));
    size += count;
  }
  void Put(char c) { bytes[size++] = c; }
  void Number(uint64_t value, int digits) {
    char reversed[20];
    int count = 0;
    do {
      reversed[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0 || count < digits);
    while (count > 0) Put(reversed[--count]);
  }
  // 3 to longest - 1 letters, sometimes with an underscore instead.
  void Letters(uint64_t random, int64_t longest) {
    int64_t count = 3 + flow_nexmark_below(random, longest - 3);
    for (int64_t i = 0; i < count; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      bool underscore = flow_nexmark_below(random, 13) == 0;
      Put(underscore ? '_' : static_cast<char>('a' + (random >> 33) % 26));
    }
  }
  FlowString Keep(FlowArena* arena) const { return flow_arena_string(arena, bytes, size); }
};

// Bids come through one of four hot channels half of the time, else through one of 10,000.
int64_t HotChannel(uint64_t random) { return random >> 63 != 0 ? -1 : (random >> 61 & 3); }
int64_t ColdChannel(uint64_t random) { return flow_nexmark_below(random << 1, 10000); }

uint32_t ReverseBits(uint32_t x) {
  x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
  x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
  x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
  return __builtin_bswap32(x);
}

}  // namespace

FlowString flow_nexmark_person_name(uint64_t random) noexcept {
#define FLOW_NAMES(first)                                                                 \
  FLOW_TEXT(first " Shultz"), FLOW_TEXT(first " Abrams"), FLOW_TEXT(first " Spencer"),    \
      FLOW_TEXT(first " White"), FLOW_TEXT(first " Bartels"), FLOW_TEXT(first " Walton"), \
      FLOW_TEXT(first " Smith"), FLOW_TEXT(first " Jones"), FLOW_TEXT(first " Noris")
  static constexpr Text kNames[] = {FLOW_NAMES("Peter"),  FLOW_NAMES("Paul"),  FLOW_NAMES("Luke"),
                                    FLOW_NAMES("John"),   FLOW_NAMES("Saul"),  FLOW_NAMES("Vicky"),
                                    FLOW_NAMES("Kate"),   FLOW_NAMES("Julie"), FLOW_NAMES("Sarah"),
                                    FLOW_NAMES("Deiter"), FLOW_NAMES("Walter")};
#undef FLOW_NAMES
  return Pick(kNames, 99, random);
}

FlowString flow_nexmark_city(uint64_t random) noexcept {
  static constexpr Text kCities[] = {FLOW_TEXT("Phoenix"),       FLOW_TEXT("Los Angeles"),
                                     FLOW_TEXT("San Francisco"), FLOW_TEXT("Boise"),
                                     FLOW_TEXT("Portland"),      FLOW_TEXT("Bend"),
                                     FLOW_TEXT("Redmond"),       FLOW_TEXT("Seattle"),
                                     FLOW_TEXT("Kent"),          FLOW_TEXT("Cheyenne")};
  return Pick(kCities, 10, random);
}

FlowString flow_nexmark_state(uint64_t random) noexcept {
  static constexpr Text kStates[] = {FLOW_TEXT("AZ"), FLOW_TEXT("CA"), FLOW_TEXT("ID"),
                                     FLOW_TEXT("OR"), FLOW_TEXT("WA"), FLOW_TEXT("WY")};
  return Pick(kStates, 6, random);
}

FlowString flow_nexmark_email(FlowArena* arena, const FlowNexmark* g, uint64_t random) noexcept {
  Writer out;
  FlowString user = flow_nexmark_slice(g->letters, random, 3 + static_cast<int64_t>(random & 3));
  FlowString host = flow_nexmark_slice(g->letters, random * 0x9e3779b97f4a7c15u,
                                       3 + static_cast<int64_t>(random >> 2 & 1));
  out.Put(user.data, user.size);
  out.Put('@');
  out.Put(host.data, host.size);
  out.Put(".com", 4);
  return out.Keep(arena);
}

FlowString flow_nexmark_card(FlowArena* arena, uint64_t random) noexcept {
  Writer out;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) out.Put(' ');
    out.Number((random >> (i * 16) & 0xffff) * 10000 >> 16, 4);
  }
  return out.Keep(arena);
}

FlowString flow_nexmark_channel(FlowArena* arena, uint64_t random) noexcept {
  static constexpr Text kHot[] = {FLOW_TEXT("Google"), FLOW_TEXT("Facebook"), FLOW_TEXT("Baidu"),
                                  FLOW_TEXT("Apple")};
  int64_t hot = HotChannel(random);
  if (hot >= 0) return {kHot[hot].data, kHot[hot].size};
  Writer out;
  out.Put("channel-", 8);
  out.Number(static_cast<uint64_t>(ColdChannel(random)), 1);
  return out.Keep(arena);
}

FlowString flow_nexmark_url(FlowArena* arena, const FlowNexmark* g, uint64_t random) noexcept {
  // A channel has always the same address.
  int64_t hot = HotChannel(random);
  int64_t cold = ColdChannel(random);
  uint64_t fixed = flow_nexmark_random(g, hot >= 0 ? -2 - hot : -10 - cold, 1);
  Writer out;
  out.Put("https://www.nexmark.com/", 24);
  for (int i = 0; i < 3; ++i) {
    out.Letters(fixed * static_cast<uint64_t>(2 * i + 1), 5);
    out.Put('/');
  }
  out.Put("item.htm?query=1", 16);
  if (hot < 0 && flow_nexmark_below(fixed, 10) > 0) {
    int32_t reversed = std::bit_cast<int32_t>(ReverseBits(static_cast<uint32_t>(cold)));
    out.Put("&channel_id=", 12);
    out.Number(static_cast<uint64_t>(reversed < 0 ? -int64_t{reversed} : int64_t{reversed}), 1);
  }
  return out.Keep(arena);
}
