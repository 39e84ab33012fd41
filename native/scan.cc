#include "scan.h"

#include <algorithm>

#include "arguments.h"
#include "runtime/scan.h"

namespace unibpf::addon {
namespace {

/** Columns of the index. */
constexpr size_t columns = 7;

/** The kernel copies fast between places that are equally far from their page's start. */
constexpr uintptr_t pageBytes = 4096;

/** What `state` holds, an entry each. */
enum Slot : size_t {
  Start,
  End,
  Format,
  HeaderBytes,
  Order,
  MostCaptured,
  Link,
  Room,
  Enough,
  Descriptor,
  Packets,
  Matches,
  BytesLow,
  BytesHigh,
  Stopped,
  Nanoseconds,
  Page,
  Slots
};

/** Bits of `Format`. */
enum Format : uint32_t { BigEndian = 1, Pcapng = 2, Inverted = 4, Cold = 8 };

runtime::Records recordsOf(std::span<const uint32_t> state, std::span<const uint32_t> interfaces) {
  uint32_t format = state[Slot::Format];
  return {
    .isBigEndian = (format & BigEndian) != 0,
    .isPcapng = (format & Pcapng) != 0,
    .isInverted = (format & Inverted) != 0,
    .isCold = (format & Cold) != 0,
    .headerBytes = state[HeaderBytes],
    .lengthOrder = runtime::LengthOrder(state[Order]),
    .mostCaptured = state[MostCaptured],
    .link = state[Link],
    .interfaces = {reinterpret_cast<const runtime::Interface*>(interfaces.data()), interfaces.size() / 2},
  };
}

runtime::Index indexOf(std::span<uint32_t> index, uint32_t room) {
  size_t entries = index.size() / columns;
  uint32_t* first = index.data();
  auto column = [&](size_t i) { return first + i * entries; };
  return {column(0), column(1), column(2), column(3), column(4), column(5), column(6), std::min<size_t>(room, entries)};
}

}  // namespace

void scanRecords(napi_env env, const runtime::Program& program, const napi_value* values) {
  std::span<uint8_t> data;
  std::span<uint32_t> state, index, interfaces;
  if (!elementsOf(env, values[0], napi_uint8_array, data) || !elementsOf(env, values[1], napi_uint32_array, state) ||
      !elementsOf(env, values[2], napi_uint32_array, index) || !elementsOf(env, values[3], napi_uint32_array, interfaces)) {
    return;
  }
  bool isRight = program.input == jit::Input::Packet && program.least == 0 && state.size() >= Slots && interfaces.size() >= 2 && !isShared(env, values[1]) && !isShared(env, values[3]) &&
                 state[Start] <= state[End] && state[End] <= data.size() && state[HeaderBytes] >= 16;
  if (!isRight) return fail(env, "expected records within the data, and an interface");
  std::optional<int> descriptor;
  if (state[Descriptor] > 0) descriptor = int(state[Descriptor] - 1);
  size_t enough = state[Enough] > 0 ? state[Enough] : SIZE_MAX;
  runtime::Given given{data.first(std::min<size_t>(data.size(), UINT32_MAX)), state[Start], state[End], runtime::Input(descriptor)};
  auto found = runtime::scan(program, given, enough, recordsOf(state, interfaces), indexOf(index, state[Room]));
  state[Start] = uint32_t(found.start);
  state[End] = uint32_t(found.end);
  state[Packets] = uint32_t(found.packets);
  state[Matches] = uint32_t(found.matches);
  state[BytesLow] = uint32_t(found.bytes);
  state[BytesHigh] = uint32_t(found.bytes >> 32);
  state[Stopped] = uint32_t(found.stop);
  state[Nanoseconds] = uint32_t(std::min<uint64_t>(found.nanoseconds, UINT32_MAX));
  state[Page] = uint32_t(reinterpret_cast<uintptr_t>(data.data()) % pageBytes);
}

}  // namespace unibpf::addon
