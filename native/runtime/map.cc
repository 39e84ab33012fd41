#include "runtime/map.h"

#include <atomic>
#include <bit>
#include <cstring>

namespace unibpf::runtime {
namespace {

constexpr uint32_t magic = 0x4d504275;  // "uBPM"
constexpr uint32_t version = 1;
constexpr size_t headerBytes = 64;
constexpr uint32_t readOnlyFlag = 0x80;

/** Index of each number of the header. */
enum Field {
  Magic,
  Version,
  Type,
  KeySize,
  ValueSize,
  MaxEntries,
  Flags,
  LockWord,
  Buckets,
  Seed,
  Used,
  Free,
  AtBuckets,
  AtLinks,
  AtKeys,
  AtValues,
};

size_t stride(uint32_t size) { return (size_t(size) + 7) / 8 * 8; }

/** Whether a part of the map lies behind the header, aligned and inside the bytes. */
bool fits(std::span<uint8_t> bytes, uint32_t start, size_t count, size_t each) {
  return start >= headerBytes && start % 8 == 0 && start <= bytes.size() && (each == 0 || count <= (bytes.size() - start) / each);
}

uint32_t fnv(uint32_t hash, const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 0x01000193;
  return hash;
}

}  // namespace

/** Held while a hash is searched or changed; whoever wants it spins. */
struct Map::Lock {
  explicit Lock(uint32_t* header) : word(header[LockWord]) {
    uint32_t open = 0;
    while (!word.compare_exchange_weak(open, 1, std::memory_order_acquire)) open = 0;
  }
  ~Lock() { word.store(0, std::memory_order_release); }
  std::atomic_ref<uint32_t> word;
};

std::optional<Map> Map::attach(std::span<uint8_t> bytes) {
  if (bytes.size() < headerBytes || reinterpret_cast<uintptr_t>(bytes.data()) % 8 != 0) return std::nullopt;
  uint32_t fields[headerBytes / 4];
  std::memcpy(fields, bytes.data(), headerBytes);
  Map map;
  map.header_ = reinterpret_cast<uint32_t*>(bytes.data());
  map.keySize_ = fields[KeySize];
  map.valueSize_ = fields[ValueSize];
  map.maxEntries_ = fields[MaxEntries];
  map.bucketCount_ = fields[Buckets];
  map.seed_ = fields[Seed];
  map.keyStride_ = stride(map.keySize_);
  map.valueStride_ = stride(map.valueSize_);
  map.isReadOnly_ = (fields[Flags] & readOnlyFlag) != 0;
  bool isHash = map.bucketCount_ != 0;
  bool isMap = fields[Magic] == magic && fields[Version] == version && map.maxEntries_ > 0 &&
               fits(bytes, fields[AtValues], map.maxEntries_, map.valueStride_) && (isHash || map.keySize_ == 4);
  if (isHash) {
    isMap = isMap && std::has_single_bit(map.bucketCount_) && fits(bytes, fields[AtBuckets], map.bucketCount_, 4) &&
            fits(bytes, fields[AtLinks], map.maxEntries_, 4) && fits(bytes, fields[AtKeys], map.maxEntries_, map.keyStride_);
  }
  if (!isMap) return std::nullopt;
  map.buckets_ = reinterpret_cast<uint32_t*>(bytes.data() + fields[AtBuckets]);
  map.links_ = reinterpret_cast<uint32_t*>(bytes.data() + fields[AtLinks]);
  map.keys_ = bytes.data() + fields[AtKeys];
  map.values_ = bytes.subspan(fields[AtValues], map.valueStride_ * map.maxEntries_);
  return map;
}

uint8_t* Map::find(const uint8_t* key) const {
  if (bucketCount_ == 0) {
    uint32_t index;
    std::memcpy(&index, key, sizeof(index));
    return index < maxEntries_ ? valueOf(index + 1) : nullptr;
  }
  Lock lock(header_);
  uint32_t link = search(key);
  return link != 0 ? valueOf(link) : nullptr;
}

Errno Map::update(const uint8_t* key, const uint8_t* value, Update wanted) const {
  if (bucketCount_ == 0) {
    uint8_t* entry = find(key);
    if (entry == nullptr) return Errno::Toobig;
    if (wanted == Update::Noexist) return Errno::Exist;
    std::memcpy(entry, value, valueSize_);
    return Errno::None;
  }
  Lock lock(header_);
  uint32_t link = search(key);
  if (link != 0 && wanted == Update::Noexist) return Errno::Exist;
  if (link == 0 && wanted == Update::Exist) return Errno::Noent;
  if (link == 0) {
    link = take();
    if (link == 0) return Errno::Toobig;
    uint32_t bucket = bucketOf(key);
    std::memcpy(keyOf(link), key, keySize_);
    links_[link - 1] = buckets_[bucket];
    buckets_[bucket] = link;
  }
  std::memcpy(valueOf(link), value, valueSize_);
  return Errno::None;
}

Errno Map::remove(const uint8_t* key) const {
  if (bucketCount_ == 0) return Errno::Inval;
  Lock lock(header_);
  uint32_t link = search(key);
  if (link == 0) return Errno::Noent;
  unlink(bucketOf(key), link);
  links_[link - 1] = header_[Free];
  header_[Free] = link;
  return Errno::None;
}

/** FNV-1a of the seed's bytes, then the key's. */
uint32_t Map::bucketOf(const uint8_t* key) const {
  uint8_t seed[4] = {uint8_t(seed_), uint8_t(seed_ >> 8), uint8_t(seed_ >> 16), uint8_t(seed_ >> 24)};
  return fnv(fnv(0x811c9dc5, seed, sizeof(seed)), key, keySize_) & (bucketCount_ - 1);
}

/** The link to the entry with this key, or 0. A list that somebody has made a ring of ends too. */
uint32_t Map::search(const uint8_t* key) const {
  uint32_t link = buckets_[bucketOf(key)];
  for (uint32_t steps = 0; steps < maxEntries_ && isLink(link); steps++) {
    if (std::memcmp(keyOf(link), key, keySize_) == 0) return link;
    link = links_[link - 1];
  }
  return 0;
}

/** The link to a slot that was freed, or else to the first that was never used, or 0. */
uint32_t Map::take() const {
  uint32_t link = header_[Free];
  if (isLink(link)) {
    header_[Free] = links_[link - 1];
    return link;
  }
  uint32_t used = header_[Used];
  if (used >= maxEntries_) return 0;
  header_[Used] = used + 1;
  return used + 1;
}

void Map::unlink(uint32_t bucket, uint32_t link) const {
  uint32_t* from = &buckets_[bucket];
  for (uint32_t steps = 0; steps < maxEntries_ && *from != link; steps++) {
    uint32_t before = *from;
    if (!isLink(before)) return;
    from = &links_[before - 1];
  }
  if (*from == link) *from = links_[link - 1];
}

}  // namespace unibpf::runtime
