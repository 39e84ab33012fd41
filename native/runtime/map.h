// A map in its SharedArrayBuffer, as helpers of machine code use it: the C++ twin of src/run/map/layout.ts, which draws
// the layout, and of the stores beside it. JavaScript may write the same bytes at any time, so that no number found in them is
// believed: what the geometry depends on is copied and checked once, and every link when it is followed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace unibpf::runtime {

/** Linux's error numbers that map operations answer with. */
enum class Errno : int32_t { None = 0, Perm = 1, Noent = 2, Toobig = 7, Exist = 17, Inval = 22, Nospc = 28 };

/** What an update wants: any entry, only a new one, only one that is there. */
enum class Update : uint64_t { Any = 0, Noexist = 1, Exist = 2 };

class Map {
 public:
  /** Nothing where the bytes aren't those of a map. */
  static std::optional<Map> attach(std::span<uint8_t> bytes);

  /** Whether it has keys and values; else programs reach its bytes, and JavaScript does the rest. */
  bool isKeyed() const { return kind_ != Kind::Ring; }
  uint32_t keySize() const { return keySize_; }
  uint32_t valueSize() const { return valueSize_; }
  bool isReadOnly() const { return isReadOnly_; }
  std::span<uint8_t> values() const { return values_; }

  /** The value of the entry with this key, or null. */
  uint8_t* find(const uint8_t* key) const;
  Errno update(const uint8_t* key, const uint8_t* value, Update wanted) const;
  Errno remove(const uint8_t* key) const;

 private:
  enum class Kind : uint8_t { Array, Hash, Lru, Trie, Ring };
  struct Lock;
  struct Key;
  static std::optional<Kind> kindOf(uint32_t type);
  bool isHash() const { return kind_ != Kind::Array && kind_ != Kind::Ring; }
  uint32_t lengthOf(const uint8_t* key) const;
  uint32_t mostBits() const { return kind_ == Kind::Trie ? 8 * (keySize_ - 4) : 0; }
  bool isTooLong(const uint8_t* key) const { return lengthOf(key) > mostBits(); }
  bool isKey(const uint8_t* stored, const uint8_t* key) const;
  uint32_t bucketOf(const uint8_t* key) const;
  uint32_t search(const uint8_t* key) const;
  uint32_t longestPrefix(const uint8_t* key) const;
  uint32_t insert(const uint8_t* key) const;
  uint32_t take() const;
  uint32_t evict() const;
  void removeLink(uint32_t link) const;
  void unlink(uint32_t bucket, uint32_t link) const;
  void count(uint32_t length, int32_t by) const;
  bool isLink(uint32_t link) const { return link != 0 && link <= maxEntries_; }
  uint8_t* valueOf(uint32_t link) const { return values_.data() + size_t(link - 1) * valueStride_; }
  uint8_t* keyOf(uint32_t link) const { return keys_ + size_t(link - 1) * keyStride_; }

  uint32_t* header_;
  uint32_t* buckets_;
  uint32_t* links_;
  uint8_t* keys_;
  uint8_t* marks_;  // an lru's: a byte for each slot; a trie's: 32 bits for each length
  std::span<uint8_t> values_;
  uint32_t keySize_;
  uint32_t valueSize_;
  uint32_t maxEntries_;
  uint32_t bucketCount_;  // a power of two; 0 without lists
  uint32_t seed_;
  size_t keyStride_;
  size_t valueStride_;
  Kind kind_;
  bool isReadOnly_;
};

}  // namespace unibpf::runtime
