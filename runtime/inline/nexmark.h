#pragma once
// The NEXMark generator, one event at a time: everything about an event follows from its number and
// the seed, so ranges of events can be made anywhere, in any order. Proportions and value ranges
// are those of the Flink variant of the benchmark, with its two quirks mended: numbers start at 0,
// and a bidder's offset is added once (docs/connectors.md).
//
// Each column draws from its own random number, so that columns nobody reads cost nothing:
// `columns` has one bit per column of the struct, in order; others are left as they are.

#include <stdint.h>

#include "runtime/abi.h"
#include "runtime/inline/helper.h"
#include "runtime/inline/memory.h"

struct FlowNexmark {
  uint64_t seed;
  int64_t base_time;      // of event 0, nanoseconds since the epoch
  double event_delay_us;  // of event time between events
  const char* letters;    // kFlowNexmarkNoise random letters a to z
  const char* words;      // as many, with spaces between
  const double* powers;   // 3 * 128: powers of ten for prices
};

struct FlowNexmarkPerson {
  int64_t id;
  FlowString name;
  FlowString email_address;
  FlowString credit_card;
  FlowString city;
  FlowString state;
  int64_t date_time;
  FlowString extra;
};
struct FlowNexmarkAuction {
  int64_t id;
  FlowString item_name;
  FlowString description;
  int64_t initial_bid;
  int64_t reserve;
  int64_t date_time;
  int64_t expires;
  int64_t seller;
  int64_t category;
  FlowString extra;
};
struct FlowNexmarkBid {
  int64_t auction;
  int64_t bidder;
  int64_t price;
  FlowString channel;
  FlowString url;
  int64_t date_time;
  FlowString extra;
};

enum : int32_t {
  kFlowNexmarkPerson = 0,
  kFlowNexmarkAuction = 1,
  kFlowNexmarkBid = 2,
  kFlowNexmarkEvent = 3,  // any of them
};
enum : int64_t { kFlowNexmarkNoise = 1 << 20, kFlowNexmarkFirstId = 1000 };

// Out of 50 events, the first is a person, the next 3 are auctions, the others bids.
FLOW_HELPER int32_t flow_nexmark_kind(int64_t n) noexcept {
  int64_t rest = n % 50;
  return rest == 0 ? kFlowNexmarkPerson : rest < 4 ? kFlowNexmarkAuction : kFlowNexmarkBid;
}

// The first event at or after `n` of the wished kind.
FLOW_HELPER int64_t flow_nexmark_next(int32_t kind, int64_t n) noexcept {
  int64_t rest = n % 50;
  switch (kind) {
    case kFlowNexmarkPerson:
      return rest == 0 ? n : n + 50 - rest;
    case kFlowNexmarkAuction:
      return rest == 0 ? n + 1 : rest < 4 ? n : n + 51 - rest;
    case kFlowNexmarkBid:
      return rest < 4 ? n + 4 - rest : n;
    default:
      return n;
  }
}

FLOW_HELPER uint64_t flow_nexmark_random(const FlowNexmark* g, int64_t n, uint64_t draw) noexcept {
  uint64_t x = (static_cast<uint64_t>(n) * 64 + draw + 1) * 0x9e3779b97f4a7c15u + g->seed;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

// Uniform in [0, bound).
FLOW_HELPER int64_t flow_nexmark_below(uint64_t random, int64_t bound) noexcept {
  return static_cast<int64_t>(
      static_cast<unsigned __int128>(random) * static_cast<uint64_t>(bound) >> 64);
}

FLOW_HELPER int64_t flow_nexmark_time(const FlowNexmark* g, int64_t n) noexcept {
  int64_t us = static_cast<int64_t>(static_cast<double>(n) * g->event_delay_us);
  return g->base_time + us / 1000 * 1000000;
}

// Ids (without the first id) of the newest person and auction when event `n` happens.
FLOW_HELPER int64_t flow_nexmark_last_person(int64_t n) noexcept { return n / 50; }
FLOW_HELPER int64_t flow_nexmark_last_auction(int64_t n) noexcept {
  int64_t rest = n % 50;
  if (rest < 1) return n / 50 * 3 - 1;
  return n / 50 * 3 + (rest < 4 ? rest - 1 : 2);
}

FLOW_HELPER int64_t flow_nexmark_some_person(int64_t n, uint64_t random) noexcept {
  int64_t people = flow_nexmark_last_person(n) + 1;
  int64_t active = people < 1000 ? people : 1000;
  return people - active + flow_nexmark_below(random, active + 10);
}
FLOW_HELPER int64_t flow_nexmark_some_auction(int64_t n, uint64_t random) noexcept {
  int64_t last = flow_nexmark_last_auction(n);
  int64_t first = last > 100 ? last - 100 : 0;
  return first + flow_nexmark_below(random, last - first + 11);
}

// Log-uniform from 100 to 10^8: 21 random bits choose the exponent, 7 at a time.
FLOW_HELPER int64_t flow_nexmark_price(const FlowNexmark* g, uint64_t random) noexcept {
  uint64_t bits = random >> 43;
  double power =
      g->powers[bits >> 14] * g->powers[128 + (bits >> 7 & 127)] * g->powers[256 + (bits & 127)];
  return static_cast<int64_t>(power * 100.0 + 0.5);
}

FLOW_HELPER FlowString flow_nexmark_slice(const char* noise, uint64_t random,
                                          int64_t size) noexcept {
  return {noise + flow_nexmark_below(random, kFlowNexmarkNoise - 1024), size};
}

// 3 to longest - 1 letters and spaces, without spaces at the ends.
FLOW_HELPER FlowString flow_nexmark_words(const FlowNexmark* g, uint64_t random,
                                          int64_t longest) noexcept {
  int64_t size = 3 + flow_nexmark_below(random * 0x9e3779b97f4a7c15u, longest - 3);
  FlowString text = flow_nexmark_slice(g->words, random, size);
  while (text.size > 0 && *text.data == ' ') ++text.data, --text.size;
  while (text.size > 0 && text.data[text.size - 1] == ' ') --text.size;
  return text;
}

// Pads an event to about `wanted` bytes.
FLOW_HELPER FlowString flow_nexmark_extra(const FlowNexmark* g, uint64_t random, int64_t have,
                                          int64_t wanted) noexcept {
  if (have > wanted) return {nullptr, 0};
  int64_t missing = wanted - have;
  int64_t delta = (missing * 2 + 5) / 10;
  int64_t size = missing - delta;
  if (delta > 0) size += flow_nexmark_below(random * 0x9e3779b97f4a7c15u, 2 * delta);
  return flow_nexmark_slice(g->letters, random, size);
}

extern "C" {
// Texts that are put together in the arena.
FlowString flow_nexmark_person_name(uint64_t random) noexcept;
FlowString flow_nexmark_email(FlowArena* arena, const FlowNexmark* g, uint64_t random) noexcept;
FlowString flow_nexmark_card(FlowArena* arena, uint64_t random) noexcept;
FlowString flow_nexmark_city(uint64_t random) noexcept;
FlowString flow_nexmark_state(uint64_t random) noexcept;
FlowString flow_nexmark_channel(FlowArena* arena, uint64_t random) noexcept;
FlowString flow_nexmark_url(FlowArena* arena, const FlowNexmark* g, uint64_t random) noexcept;
}

FLOW_HELPER void flow_nexmark_person(FlowArena* arena, const FlowNexmark* g, int64_t n,
                                     uint32_t columns, FlowNexmarkPerson* out) noexcept {
  const uint32_t sized = columns >> 7 & 1;  // `extra` depends on the sizes of the texts
  if (columns & 1) out->id = kFlowNexmarkFirstId + flow_nexmark_last_person(n);
  if (columns & 2 || sized) out->name = flow_nexmark_person_name(flow_nexmark_random(g, n, 0));
  if (columns & 4 || sized) {
    out->email_address = flow_nexmark_email(arena, g, flow_nexmark_random(g, n, 1));
  }
  if (columns & 8 || sized)
    out->credit_card = flow_nexmark_card(arena, flow_nexmark_random(g, n, 2));
  if (columns & 16 || sized) out->city = flow_nexmark_city(flow_nexmark_random(g, n, 3));
  if (columns & 32 || sized) out->state = flow_nexmark_state(flow_nexmark_random(g, n, 4));
  if (columns & 64) out->date_time = flow_nexmark_time(g, n);
  if (!sized) return;
  int64_t have = 8 + out->name.size + out->email_address.size + out->credit_card.size +
                 out->city.size + out->state.size;
  out->extra = flow_nexmark_extra(g, flow_nexmark_random(g, n, 5), have, 200);
}

FLOW_HELPER void flow_nexmark_auction(FlowArena* arena, const FlowNexmark* g, int64_t n,
                                      uint32_t columns, FlowNexmarkAuction* out) noexcept {
  (void)arena;
  const uint32_t sized = columns >> 9 & 1;
  if (columns & 1) out->id = kFlowNexmarkFirstId + flow_nexmark_last_auction(n);
  if (columns & 2 || sized) {
    out->item_name = flow_nexmark_words(g, flow_nexmark_random(g, n, 0), 20);
  }
  if (columns & 4 || sized) {
    out->description = flow_nexmark_words(g, flow_nexmark_random(g, n, 1), 100);
  }
  if (columns & (8 | 16)) {
    out->initial_bid = flow_nexmark_price(g, flow_nexmark_random(g, n, 2));
    out->reserve = out->initial_bid + flow_nexmark_price(g, flow_nexmark_random(g, n, 3));
  }
  if (columns & (32 | 64)) out->date_time = flow_nexmark_time(g, n);
  if (columns & 64) {
    // Auctions last until about as many more events as keep 100 of them in flight.
    int64_t horizon = (flow_nexmark_time(g, n + 1666) - out->date_time) / 1000000;
    int64_t longest = horizon * 2 > 1 ? horizon * 2 : 1;
    int64_t length = 1 + flow_nexmark_below(flow_nexmark_random(g, n, 4), longest);
    out->expires = out->date_time + length * 1000000;
  }
  if (columns & 128) {
    int64_t hot = flow_nexmark_last_person(n) / 100 * 100;
    bool is_hot = flow_nexmark_below(flow_nexmark_random(g, n, 5), 4) > 0;
    out->seller = kFlowNexmarkFirstId +
                  (is_hot ? hot : flow_nexmark_some_person(n, flow_nexmark_random(g, n, 6)));
  }
  if (columns & 256) out->category = 10 + flow_nexmark_below(flow_nexmark_random(g, n, 7), 5);
  if (!sized) return;
  int64_t have = 8 + out->item_name.size + out->description.size + 40;
  out->extra = flow_nexmark_extra(g, flow_nexmark_random(g, n, 8), have, 500);
}

FLOW_HELPER void flow_nexmark_bid(FlowArena* arena, const FlowNexmark* g, int64_t n,
                                  uint32_t columns, FlowNexmarkBid* out) noexcept {
  if (columns & 1) {
    int64_t hot = flow_nexmark_last_auction(n) / 100 * 100;
    bool is_hot = flow_nexmark_below(flow_nexmark_random(g, n, 0), 2) > 0;
    out->auction = kFlowNexmarkFirstId +
                   (is_hot ? hot : flow_nexmark_some_auction(n, flow_nexmark_random(g, n, 1)));
  }
  if (columns & 2) {
    int64_t hot = flow_nexmark_last_person(n) / 100 * 100 + 1;
    bool is_hot = flow_nexmark_below(flow_nexmark_random(g, n, 2), 4) > 0;
    out->bidder = kFlowNexmarkFirstId +
                  (is_hot ? hot : flow_nexmark_some_person(n, flow_nexmark_random(g, n, 3)));
  }
  if (columns & 4) out->price = flow_nexmark_price(g, flow_nexmark_random(g, n, 4));
  if (columns & 8) out->channel = flow_nexmark_channel(arena, flow_nexmark_random(g, n, 5));
  if (columns & 16) out->url = flow_nexmark_url(arena, g, flow_nexmark_random(g, n, 5));
  if (columns & 32) out->date_time = flow_nexmark_time(g, n);
  if (columns & 64) out->extra = flow_nexmark_extra(g, flow_nexmark_random(g, n, 6), 32, 100);
}
