#pragma once
// Groups over a sliding run of panes, each state merged a constant number of times however many
// panes a window has: the two stacks of "General incremental sliding-window aggregation"
// (Tangwongsan et al., PVLDB 2015), kept per key, so that a key costs nothing in panes where it
// does not occur.
//
// The newer panes are the back; what a key has there is folded into one state. The older ones are
// the front: the state of a key in a pane of the front is merged with all newer ones of the front,
// and leads to the next pane that has the key. So a window is front state and back state of each
// key, and a pane that leaves takes its states with it. When the front is used up, the back becomes
// the front.

#include <map>
#include <memory>
#include <vector>

#include "runtime/operators/groups.h"

namespace flow::runtime {

class PaneStacks {
 public:
  // `group_size`: of an entry without what is kept behind it here.
  PaneStacks(const Groups& groups, MemoryBudget* budget, int64_t group_size);

  // Of tables that Add takes.
  int64_t entry_size() const { return entry_size_; }
  // Groups of the pane that begins at `start`, which may have been given some before, but is not
  // before one that has left.
  void Add(int64_t start, std::unique_ptr<OwnTable> groups);
  // Panes that begin before `start` leave.
  void Drop(int64_t start);

  bool empty() const { return panes_.empty(); }
  int64_t count() const;  // groups held
  // An entry per key of the panes held.
  std::vector<void*> Keys();
  // What key `entry` has in all panes: an entry, valid until Keys or Drop is called.
  void* Whole(void* entry);

 private:
  // Behind the states of an entry of a pane.
  struct Occurrence {
    char* next;  // the entry of the key in the next pane of the front that has it, or null
    char* key;   // the entry in keys_
    int64_t start;
  };
  // Behind the states of an entry of keys_, which are those of the back.
  struct Key {
    char* front;  // the entry of the key in the first pane of the front that has it, or null
    bool in_back;
  };
  Occurrence& OccurrenceOf(void* entry) const {
    return *reinterpret_cast<Occurrence*>(static_cast<char*>(entry) + link_offset_);
  }
  Key& KeyOf(void* entry) const {
    return *reinterpret_cast<Key*>(static_cast<char*>(entry) + link_offset_);
  }
  OwnTable* PaneAt(int64_t start);
  void AddToFront(int64_t start, const char* group);
  void Flip();

  const Groups& groups_;
  MemoryBudget* budget_;
  int64_t link_offset_;
  int64_t entry_size_;
  std::map<int64_t, std::unique_ptr<OwnTable>> panes_;  // by start
  int64_t back_;                                        // panes from here on are the back
  std::unique_ptr<OwnTable> keys_;
  Arena scratch_;
};

}  // namespace flow::runtime
