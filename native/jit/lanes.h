// Several inputs at a time: a program without jumps as operations on vectors, each lane of which belongs to another input.
//
//   instructions ─ lane_number.h ▸ graph of operations ─ lane_windows.h ▸ of 4-byte loads ─ lane_schedule.h ▸ steps with registers
#pragma once

#include <optional>

#include "jit/lane_schedule.h"
#include "jit/plan.h"

namespace unibpf::jit {

/** Nothing where a program isn't straight, does what isn't done in lanes, or takes too many registers. */
std::optional<Lanes> lanesOf(const Plan& plan);

}  // namespace unibpf::jit
