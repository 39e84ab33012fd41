#include "runtime/map.h"

#include <atomic>
#include <bit>
#include <cstring>

namespace unibpf::runtime {
namespace {

constexpr uint32_t magic = 0x4d504275;  // "uBPM"
constexpr uint32_t version = 2;
constexpr size_t headerBytes = 128;
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
  AtMarks,
  Hand,
};

/** Bytes of a trie's key before the prefix, and how many it has at the most. */
constexpr uint32_t lengthBytes = 4;
constexpr uint32_t mostKeyBytes = lengthBytes + 256;

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

/** A key that is looked at more than once: of a trie a copy, which nobody changes meanwhile. */
struct Map::Key {
  Key(const Map& map, const uint8_t* key) : bytes(key) {
    if (map.kind_ != Kind::Trie) return;
    std::memcpy(copy, key, map.keySize_);
    bytes = copy;
  }
  const uint8_t* bytes;
  uint8_t copy[mostKeyBytes];
};

/** By Linux's numbers of types (src/ebpf/map.ts). */
std::optional<Map::Kind> Map::kindOf(uint32_t type) {
  switch (type) {
    case 1:  // hash
    case 5:  // percpu_hash
      return Kind::Hash;
    case 2:  // array
    case 6:  // percpu_array
      return Kind::Array;
    case 9:   // lru_hash
    case 10:  // lru_percpu_hash
      return Kind::Lru;
    case 11:  // lpm_trie
      return Kind::Trie;
    case 27:  // ringbuf
      return Kind::Ring;
  }
  return std::nullopt;
}

std::optional<Map> Map::attach(std::span<uint8_t> bytes) {
  if (bytes.size() < headerBytes || reinterpret_cast<uintptr_t>(bytes.data()) % 8 != 0) return std::nullopt;
  uint32_t fields[headerBytes / 4];
  std::memcpy(fields, bytes.data(), headerBytes);
  std::optional<Kind> kind = kindOf(fields[Type]);
  if (fields[Magic] != magic || fields[Version] != version || !kind || fields[MaxEntries] == 0) return std::nullopt;
  Map map;
  map.kind_ = *kind;
  map.header_ = reinterpret_cast<uint32_t*>(bytes.data());
  map.keySize_ = fields[KeySize];
  map.valueSize_ = fields[ValueSize];
  map.maxEntries_ = fields[MaxEntries];
  map.bucketCount_ = fields[Buckets];
  map.seed_ = fields[Seed];
  map.keyStride_ = stride(map.keySize_);
  map.valueStride_ = *kind == Kind::Ring ? 2 : stride(map.valueSize_);  // of a ring, an entry is a byte, and as much lies behind
  map.isReadOnly_ = (fields[Flags] & readOnlyFlag) != 0;
  bool isMap = fits(bytes, fields[AtValues], map.maxEntries_, map.valueStride_);
  if (*kind == Kind::Array) isMap = isMap && map.keySize_ == 4;
  if (map.isHash()) {
    isMap = isMap && std::has_single_bit(map.bucketCount_) && fits(bytes, fields[AtBuckets], map.bucketCount_, 4) &&
            fits(bytes, fields[AtLinks], map.maxEntries_, 4) && fits(bytes, fields[AtKeys], map.maxEntries_, map.keyStride_);
  }
  if (*kind == Kind::Lru) isMap = isMap && fits(bytes, fields[AtMarks], map.maxEntries_, 1);
  if (*kind == Kind::Trie) {
    bool isKey = map.keySize_ > lengthBytes && map.keySize_ <= mostKeyBytes;
    isMap = isMap && isKey && fits(bytes, fields[AtMarks], size_t(map.mostBits()) + 1, 4);
  }
  if (!isMap) return std::nullopt;
  map.buckets_ = reinterpret_cast<uint32_t*>(bytes.data() + fields[AtBuckets]);
  map.links_ = reinterpret_cast<uint32_t*>(bytes.data() + fields[AtLinks]);
  map.keys_ = bytes.data() + fields[AtKeys];
  map.marks_ = bytes.data() + fields[AtMarks];
  map.values_ = bytes.subspan(fields[AtValues], map.valueStride_ * map.maxEntries_);
  return map;
}

uint8_t* Map::find(const uint8_t* key) const {
  if (kind_ == Kind::Array) {
    uint32_t index;
    std::memcpy(&index, key, sizeof(index));
    return index < maxEntries_ ? valueOf(index + 1) : nullptr;
  }
  Key own(*this, key);
  Lock lock(header_);
  uint32_t link = kind_ == Kind::Trie ? longestPrefix(own.bytes) : search(own.bytes);
  if (link == 0) return nullptr;
  if (kind_ == Kind::Lru) marks_[link - 1] = 1;
  return valueOf(link);
}

Errno Map::update(const uint8_t* key, const uint8_t* value, Update wanted) const {
  if (kind_ == Kind::Array) {
    uint8_t* entry = find(key);
    if (entry == nullptr) return Errno::Toobig;
    if (wanted == Update::Noexist) return Errno::Exist;
    std::memcpy(entry, value, valueSize_);
    return Errno::None;
  }
  Key own(*this, key);
  if (isTooLong(own.bytes)) return Errno::Inval;
  Lock lock(header_);
  uint32_t link = search(own.bytes);
  if (link != 0 && wanted == Update::Noexist) return Errno::Exist;
  if (link == 0 && wanted == Update::Exist) return Errno::Noent;
  if (link != 0 && kind_ == Kind::Lru) marks_[link - 1] = 1;
  if (link == 0) link = insert(own.bytes);
  if (link == 0) return kind_ == Kind::Trie ? Errno::Nospc : Errno::Toobig;
  std::memcpy(keyOf(link), own.bytes, keySize_);
  std::memcpy(valueOf(link), value, valueSize_);
  return Errno::None;
}

Errno Map::remove(const uint8_t* key) const {
  if (kind_ == Kind::Array) return Errno::Inval;
  Key own(*this, key);
  if (isTooLong(own.bytes)) return Errno::Inval;
  Lock lock(header_);
  uint32_t link = search(own.bytes);
  if (link == 0) return Errno::Noent;
  removeLink(link);
  return Errno::None;
}

/** How many bits of a trie's key are its prefix; 0 of another map's. */
uint32_t Map::lengthOf(const uint8_t* key) const {
  if (kind_ != Kind::Trie) return 0;
  uint32_t length;
  std::memcpy(&length, key, sizeof(length));
  return length;
}

/** The byte of a trie's key at an index, without the bits behind its prefix of so many. */
static uint8_t prefixByte(const uint8_t* key, uint32_t index, uint32_t bits) {
  uint32_t before = 8 * (index - lengthBytes);
  if (before >= bits) return 0;
  return bits - before >= 8 ? key[index] : uint8_t(key[index] & (0xff00 >> (bits - before)));
}

/** Whether a key in the map is this one, whose prefix isn't too long. */
bool Map::isKey(const uint8_t* stored, const uint8_t* key) const {
  if (kind_ != Kind::Trie) return std::memcmp(stored, key, keySize_) == 0;
  uint32_t bits = lengthOf(key);
  uint32_t whole = lengthBytes + bits / 8;
  if (std::memcmp(stored, key, whole) != 0) return false;
  return bits % 8 == 0 || prefixByte(stored, whole, bits) == prefixByte(key, whole, bits);
}

/** FNV-1a of the seed's bytes, then the key's, without what is behind a prefix. */
uint32_t Map::bucketOf(const uint8_t* key) const {
  uint8_t seed[4] = {uint8_t(seed_), uint8_t(seed_ >> 8), uint8_t(seed_ >> 16), uint8_t(seed_ >> 24)};
  uint32_t hash = fnv(0x811c9dc5, seed, sizeof(seed));
  if (kind_ != Kind::Trie) return fnv(hash, key, keySize_) & (bucketCount_ - 1);
  hash = fnv(hash, key, lengthBytes);
  uint32_t bits = lengthOf(key);
  for (uint32_t index = lengthBytes; index < keySize_; index++) {
    uint8_t byte = prefixByte(key, index, bits);
    hash = fnv(hash, &byte, 1);
  }
  return hash & (bucketCount_ - 1);
}

/** The link to the entry with this key, or 0. A list that somebody has made a ring of ends too. */
uint32_t Map::search(const uint8_t* key) const {
  uint32_t link = buckets_[bucketOf(key)];
  for (uint32_t steps = 0; steps < maxEntries_ && isLink(link); steps++) {
    if (isKey(keyOf(link), key)) return link;
    link = links_[link - 1];
  }
  return 0;
}

/** The link to the entry whose prefix is the longest of this key, and no longer than the key's own; or 0. */
uint32_t Map::longestPrefix(const uint8_t* key) const {
  if (isTooLong(key)) return 0;
  uint8_t prefix[mostKeyBytes];
  std::memcpy(prefix, key, keySize_);
  auto* counts = reinterpret_cast<const uint32_t*>(marks_);
  for (uint32_t left = lengthOf(key) + 1; left > 0; left--) {
    uint32_t length = left - 1;
    if (counts[length] == 0) continue;
    std::memcpy(prefix, &length, sizeof(length));
    if (uint32_t link = search(prefix)) return link;
  }
  return 0;
}

/** The link to a new entry at the front of its list, whose key is still to be written; or 0 where there is no room. */
uint32_t Map::insert(const uint8_t* key) const {
  uint32_t link = take();
  if (link == 0) return 0;
  uint32_t bucket = bucketOf(key);
  links_[link - 1] = buckets_[bucket];
  buckets_[bucket] = link;
  count(lengthOf(key), 1);
  return link;
}

/** The link to a slot that was freed, or else to the first that was never used; of an lru, to one that is made free; or 0. */
uint32_t Map::take() const {
  uint32_t link = header_[Free];
  if (isLink(link)) {
    header_[Free] = links_[link - 1];
  } else if (uint32_t used = header_[Used]; used < maxEntries_) {
    header_[Used] = link = used + 1;
  } else {
    link = kind_ == Kind::Lru ? evict() : 0;
  }
  if (link != 0 && kind_ == Kind::Lru) marks_[link - 1] = 0;
  return link;
}

/** The link to the first entry without a mark from the hand on, which is out of its list then; marks on the way go. */
uint32_t Map::evict() const {
  uint32_t slot = header_[Hand] % maxEntries_;
  for (uint32_t steps = 0; steps < maxEntries_ && marks_[slot] != 0; steps++) {
    marks_[slot] = 0;
    slot = (slot + 1) % maxEntries_;
  }
  header_[Hand] = (slot + 1) % maxEntries_;
  unlink(bucketOf(keyOf(slot + 1)), slot + 1);
  return slot + 1;
}

/** Takes an entry out of its list; its slot is free. */
void Map::removeLink(uint32_t link) const {
  count(lengthOf(keyOf(link)), -1);
  unlink(bucketOf(keyOf(link)), link);
  links_[link - 1] = header_[Free];
  header_[Free] = link;
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

/** There is an entry whose prefix has so many bits more, or less. */
void Map::count(uint32_t length, int32_t by) const {
  if (kind_ == Kind::Trie && length <= mostBits()) reinterpret_cast<uint32_t*>(marks_)[length] += uint32_t(by);
}

}  // namespace unibpf::runtime
