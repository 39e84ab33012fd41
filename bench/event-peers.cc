// The kernel's own ways to filter events, built as Linux had them: the tree of predicates of 2011 to 2018, walked with what is
// joined by one sign folded into a list, and the linear program of branches that replaced it. Predicates are called by their
// address, as they were. Plain Node-API, built by event-peers.mjs.

#include <node_api.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

namespace {

// ---- predicates ------------------------------------------------------------------------------------------------------

enum Op { Or, And, Glob, Ne, Eq, Lt, Le, Gt, Ge, Band };

struct Regex {
  char pattern[256];
  int length;
  int fieldLength;
  int (*match)(const char* text, const Regex* regex, int length);
};

struct Pred;
typedef int (*PredFunction)(const Pred* pred, const void* event);

constexpr uint16_t none = 0x8000;
constexpr uint16_t isRight = 0x4000;

struct Pred {
  PredFunction function;
  uint64_t value;
  Regex regex;
  std::vector<uint16_t> folded;  // what a folded operation checks, one after the other
  int offset;
  int isNot;
  int op;
  uint16_t parent;
  uint16_t left;
  uint16_t right;
};

template <typename Number>
const Number& numberAt(const Pred* pred, const void* event) {
  return *reinterpret_cast<const Number*>(static_cast<const char*>(event) + pred->offset);
}

template <typename Number>
int ordered(const Pred* pred, const void* event) {
  const Number& number = numberAt<Number>(pred, event);
  Number value = Number(pred->value);
  switch (pred->op) {
    case Lt:
      return number < value;
    case Le:
      return number <= value;
    case Gt:
      return number > value;
    case Ge:
      return number >= value;
    case Band:
      return !!(number & value);
    default:
      return 0;
  }
}

template <typename Number>
int equal(const Pred* pred, const void* event) {
  return (numberAt<Number>(pred, event) == Number(pred->value)) ^ pred->isNot;
}

int fixedText(const Pred* pred, const void* event) {
  const char* text = static_cast<const char*>(event) + pred->offset;
  return pred->regex.match(text, &pred->regex, pred->regex.fieldLength) ^ pred->isNot;
}

int matchFull(const char* text, const Regex* regex, int length) { return strncmp(text, regex->pattern, size_t(length)) == 0; }

int matchFront(const char* text, const Regex* regex, int length) {
  if (length && length < regex->length) return 0;
  return strncmp(text, regex->pattern, size_t(regex->length)) == 0;
}

PredFunction functionOf(int op, int size, bool isSigned) {
  bool isEquality = op == Eq || op == Ne;
  switch (size) {
    case 8:
      return isEquality ? equal<uint64_t> : isSigned ? ordered<int64_t> : ordered<uint64_t>;
    case 4:
      return isEquality ? equal<uint32_t> : isSigned ? ordered<int32_t> : ordered<uint32_t>;
    case 2:
      return isEquality ? equal<uint16_t> : isSigned ? ordered<int16_t> : ordered<uint16_t>;
    default:
      return isEquality ? equal<uint8_t> : isSigned ? ordered<int8_t> : ordered<uint8_t>;
  }
}

// ---- the tree --------------------------------------------------------------------------------------------------------

struct Entry {
  int target;
  int whenToBranch;
  const Pred* pred;
};

struct Filter {
  std::vector<Pred> preds;  // the root first
  std::vector<Entry> program;
};

enum class Move { Down, UpFromLeft, UpFromRight };
enum class Walk { Parent, Default };

const Pred* parentOf(const Pred* pred, const Pred* preds, Move* move) {
  *move = pred->parent & isRight ? Move::UpFromRight : Move::UpFromLeft;
  return &preds[pred->parent & ~isRight];
}

struct Matching {
  const Pred* preds;
  int match;
  const void* record;
};

/** All of what a folded operation joins, until one decides. */
int processFolded(const Pred* preds, const Pred* op, const void* record) {
  int type = op->op == Or;
  int match = 0;
  for (uint16_t index : op->folded) {
    const Pred* pred = &preds[index];
    match = pred->function(pred, record);
    if (!!match == type) return match;
  }
  return match;
}

Walk matchPred(Move move, const Pred* pred, Matching* data) {
  switch (move) {
    case Move::Down:
      if (pred->left != none) {
        if (pred->folded.empty()) return Walk::Default;
        data->match = processFolded(data->preds, pred, data->record);
      } else {
        data->match = pred->function(pred, data->record);
      }
      return Walk::Parent;
    case Move::UpFromLeft:
      if (!!data->match == (pred->op == Or)) return Walk::Parent;
      break;
    case Move::UpFromRight:
      break;
  }
  return Walk::Default;
}

int matchTree(const Filter& filter, const void* record) {
  const Pred* preds = filter.preds.data();
  const Pred* root = preds;
  Matching data{preds, -1, record};
  const Pred* pred = root;
  Move move = Move::Down;
  for (;;) {
    bool up = matchPred(move, pred, &data) == Walk::Parent;
    if (!up && move == Move::Down && pred->left != none) {
      pred = &preds[pred->left];
      continue;
    }
    if (!up && move == Move::UpFromLeft) {
      pred = &preds[pred->right];
      move = Move::Down;
      continue;
    }
    if (pred == root) return data.match;
    pred = parentOf(pred, preds, &move);
  }
}

/** Joins what stands below operations of one kind into a list, where there are leaves alone. */
bool leavesOf(const std::vector<Pred>& preds, uint16_t index, int op, std::vector<uint16_t>& leaves) {
  const Pred& pred = preds[index];
  if (pred.left == none) return leaves.push_back(index), true;
  return pred.op == op && leavesOf(preds, pred.left, op, leaves) && leavesOf(preds, pred.right, op, leaves);
}

void fold(std::vector<Pred>& preds, uint16_t index) {
  Pred& pred = preds[index];
  if (pred.left == none) return;
  std::vector<uint16_t> leaves;
  if (leavesOf(preds, index, pred.op, leaves) && leaves.size() > 1) {
    pred.folded = leaves;
    return;
  }
  fold(preds, pred.left);
  fold(preds, pred.right);
}

// ---- the linear program ----------------------------------------------------------------------------------------------

int matchProgram(const Filter& filter, const void* record) {
  const Entry* program = filter.program.data();
  int i;
  for (i = 0; program[i].pred; i++) {
    const Pred* pred = program[i].pred;
    int match = pred->function(pred, record);
    if (match == program[i].whenToBranch) i = program[i].target;
  }
  return program[i].target;
}

int leavesBelow(const std::vector<Pred>& preds, uint16_t index) {
  const Pred& pred = preds[index];
  return pred.left == none ? 1 : leavesBelow(preds, pred.left) + leavesBelow(preds, pred.right);
}

/** The leaves of a subtree, each with where it branches to: `yes` and `no` are entries, one of which is `next`, what follows. */
void flatten(Filter& filter, uint16_t index, int yes, int no, int next) {
  const Pred& pred = filter.preds[index];
  if (pred.left == none) {
    bool whenMatched = next == no;
    filter.program.push_back({(whenMatched ? yes : no) - 1, whenMatched, &pred});  // the loop adds one to where it leads
    return;
  }
  int right = int(filter.program.size()) + leavesBelow(filter.preds, pred.left);
  if (pred.op == And) flatten(filter, pred.left, right, no, right);
  else flatten(filter, pred.left, yes, right, right);
  flatten(filter, pred.right, yes, no, next);
}

/** Behind the leaves stand the two ends: true, which the last leaf falls through to, and false. */
void makeProgram(Filter& filter) {
  int leaves = leavesBelow(filter.preds, 0);
  flatten(filter, 0, leaves, leaves + 1, leaves);
  filter.program.push_back({1, 0, nullptr});
  filter.program.push_back({0, 0, nullptr});
}

// ---- Node-API --------------------------------------------------------------------------------------------------------

/** A node as JavaScript passes it: nine numbers. */
struct Node {
  int64_t op, left, right, offset, size, isSigned, value, isNot, kind;  // kind of text: 0 none, 1 full, 2 front
};

void* bytesOf(napi_env env, napi_value array, size_t* length) {
  void* data = nullptr;
  napi_get_typedarray_info(env, array, nullptr, length, &data, nullptr, nullptr);
  return data;
}

void destroy(napi_env, void* data, void*) { delete static_cast<Filter*>(data); }

Pred predOf(const Node& node, const char* text) {
  Pred pred{};
  pred.op = int(node.op);
  pred.value = uint64_t(node.value);
  pred.offset = int(node.offset);
  pred.isNot = int(node.isNot);
  pred.left = node.left < 0 ? none : uint16_t(node.left);
  pred.right = node.right < 0 ? none : uint16_t(node.right);
  if (node.kind == 0) {
    pred.function = functionOf(pred.op, int(node.size), node.isSigned);
    return pred;
  }
  pred.function = fixedText;
  strncpy(pred.regex.pattern, text, sizeof pred.regex.pattern - 1);
  pred.regex.length = int(strlen(text));
  pred.regex.fieldLength = int(node.size);
  pred.regex.match = node.kind == 1 ? matchFull : matchFront;
  return pred;
}

// build(nodes, texts): a filter; the nodes of its tree, the root first, and a text of 256 bytes for each
napi_value build(napi_env env, napi_callback_info info) {
  size_t argc = 2, count;
  napi_value args[2], result;
  napi_get_cb_info(env, info, &argc, args, nullptr, nullptr);
  const Node* nodes = static_cast<Node*>(bytesOf(env, args[0], &count));
  const char* texts = static_cast<char*>(bytesOf(env, args[1], nullptr));
  count /= sizeof(Node) / sizeof(int64_t);
  auto filter = std::make_unique<Filter>();
  for (size_t i = 0; i < count; i++) filter->preds.push_back(predOf(nodes[i], texts + 256 * i));
  for (size_t i = 0; i < count; i++) {
    if (filter->preds[i].left == none) continue;
    filter->preds[filter->preds[i].left].parent = uint16_t(i);
    filter->preds[filter->preds[i].right].parent = uint16_t(i | isRight);
  }
  fold(filter->preds, 0);
  makeProgram(*filter);
  napi_create_external(env, filter.release(), destroy, nullptr, &result);
  return result;
}

template <int (*match)(const Filter&, const void*)>
napi_value runAll(napi_env env, napi_callback_info info) {
  size_t argc = 4, count;
  napi_value args[4];
  void* filter;
  napi_get_cb_info(env, info, &argc, args, nullptr, nullptr);
  napi_get_value_external(env, args[0], &filter);
  const uint8_t* data = static_cast<uint8_t*>(bytesOf(env, args[1], nullptr));
  const uint32_t* offsets = static_cast<uint32_t*>(bytesOf(env, args[2], &count));
  uint32_t* verdicts = static_cast<uint32_t*>(bytesOf(env, args[3], nullptr));
  for (size_t i = 0; i < count; i++) verdicts[i] = uint32_t(match(*static_cast<Filter*>(filter), data + offsets[i]));
  return nullptr;
}

napi_value threadTime(napi_env env, napi_callback_info) {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  napi_value result;
  napi_create_double(env, double(now.tv_sec) * 1e9 + double(now.tv_nsec), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"build", nullptr, build, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"tree", nullptr, runAll<matchTree>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"program", nullptr, runAll<matchProgram>, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"threadTime", nullptr, threadTime, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  return exports;
}
