#include "tools/plan/layout.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

namespace flow::plan {
namespace {

constexpr int kSweeps = 12;
constexpr double kArrowsApart = 100;  // at one box, so that there is room for what they are
constexpr double kLinesApart = 48;
constexpr double kLineWidth = 12;  // room for an edge that passes a layer

// A box, or where an edge passes a layer.
struct Item {
  size_t layer = 0;
  double width = 0;
  double center = 0;
  std::vector<size_t> up;  // items of the layer above
  std::vector<size_t> down;
};

class Layout {
 public:
  Layout(const Spacing& spacing, std::vector<Box>* boxes, std::vector<Edge>* edges)
      : spacing_(spacing), boxes_(*boxes), edges_(*edges) {}

  Point Run() {
    Rank();
    MakeItems();
    Order();
    Align();
    return Place();
  }

 private:
  void Rank() {
    rank_.assign(boxes_.size(), 0);
    for (size_t to = 0; to < boxes_.size(); ++to) {
      for (const Edge& edge : edges_) {
        if (edge.to == to) rank_[to] = std::max(rank_[to], rank_[edge.from] + 1);
      }
    }
    // What has no input stands just above who reads it first.
    for (size_t box = 0; box < boxes_.size(); ++box) {
      size_t least = SIZE_MAX;
      bool input = false;
      for (const Edge& edge : edges_) {
        if (edge.from == box) least = std::min(least, rank_[edge.to]);
        input |= edge.to == box;
      }
      if (!input && least != SIZE_MAX) rank_[box] = least - 1;
    }
  }

  void MakeItems() {
    size_t deepest = 0;
    for (size_t box = 0; box < boxes_.size(); ++box) {
      items_.push_back({rank_[box], boxes_[box].width, 0, {}, {}});
      deepest = std::max(deepest, rank_[box]);
    }
    layers_.resize(boxes_.empty() ? 0 : deepest + 1);
    for (size_t box = 0; box < boxes_.size(); ++box) layers_[rank_[box]].push_back(box);
    for (const Edge& edge : edges_) {
      std::vector<size_t> path = {edge.from};
      for (size_t layer = rank_[edge.from] + 1; layer < rank_[edge.to]; ++layer) {
        layers_[layer].push_back(items_.size());
        path.push_back(items_.size());
        items_.push_back({layer, kLineWidth, 0, {}, {}});
      }
      path.push_back(edge.to);
      for (size_t i = 1; i < path.size(); ++i) {
        items_[path[i - 1]].down.push_back(path[i]);
        items_[path[i]].up.push_back(path[i - 1]);
      }
      paths_.push_back(std::move(path));
    }
    places_.resize(items_.size());
    Number();
  }

  void Number() {
    for (const std::vector<size_t>& layer : layers_) {
      for (size_t i = 0; i < layer.size(); ++i) places_[layer[i]] = i;
    }
  }

  // Sorts layers by where the neighbours stand, down and up again; the best order counts.
  void Order() {
    std::vector<std::vector<size_t>> best = layers_;
    size_t fewest = Crossings();
    for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
      bool down = sweep % 2 == 0;
      for (size_t i = 0; i < layers_.size(); ++i) {
        SortLayer(layers_[down ? i : layers_.size() - 1 - i], down);
      }
      size_t crossings = Crossings();
      if (crossings >= fewest) continue;
      fewest = crossings;
      best = layers_;
    }
    layers_ = std::move(best);
    Number();
  }

  void SortLayer(std::vector<size_t>& layer, bool down) {
    std::vector<std::tuple<double, size_t, size_t>> keyed;  // the second keeps equal ones in order
    for (size_t item : layer) {
      const std::vector<size_t>& near = down ? items_[item].up : items_[item].down;
      double sum = 0;
      for (size_t other : near) sum += static_cast<double>(places_[other]);
      double own = static_cast<double>(places_[item]);
      double middle = near.empty() ? own : sum / static_cast<double>(near.size());
      keyed.push_back({middle, places_[item], item});
    }
    std::sort(keyed.begin(), keyed.end());
    for (size_t i = 0; i < layer.size(); ++i) layer[i] = std::get<2>(keyed[i]);
    for (size_t i = 0; i < layer.size(); ++i) places_[layer[i]] = i;
  }

  size_t Crossings() const {
    size_t count = 0;
    for (const std::vector<size_t>& layer : layers_) {
      std::vector<std::pair<size_t, size_t>> lines;  // place above, place below
      for (size_t item : layer) {
        for (size_t below : items_[item].down) lines.push_back({places_[item], places_[below]});
      }
      for (size_t i = 0; i < lines.size(); ++i) {
        for (size_t j = i + 1; j < lines.size(); ++j) {
          bool crosses = (lines[i].first < lines[j].first && lines[i].second > lines[j].second) ||
                         (lines[i].first > lines[j].first && lines[i].second < lines[j].second);
          count += crosses ? 1 : 0;
        }
      }
    }
    return count;
  }

  // Moves each item as near to the middle of its neighbours as the order of its layer allows.
  void Align() {
    for (const std::vector<size_t>& layer : layers_) Spread(layer, {});
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      bool down = sweep % 2 == 0;
      for (size_t i = 0; i < layers_.size(); ++i) {
        const std::vector<size_t>& layer = layers_[down ? i : layers_.size() - 1 - i];
        std::vector<double> wanted;
        for (size_t item : layer) wanted.push_back(Wanted(items_[item], down));
        Spread(layer, wanted);
      }
    }
  }
  double Wanted(const Item& item, bool down) const {
    const std::vector<size_t>& near = down ? item.up : item.down;
    if (near.empty()) return item.center;
    double sum = 0;
    for (size_t other : near) sum += items_[other].center;
    return sum / static_cast<double>(near.size());
  }

  // The places nearest to those wanted (least squares) at which nothing overlaps: neighbours that
  // want to overlap stand side by side around the mean of what they want.
  void Spread(const std::vector<size_t>& layer, std::vector<double> wanted) {
    if (wanted.empty()) wanted.assign(layer.size(), 0);
    struct Block {
      double sum = 0;
      size_t count = 0;
      double place() const { return sum / static_cast<double>(count); }
    };
    std::vector<Block> blocks;
    std::vector<double> offsets;  // from the first of the layer, packed
    double at = 0;
    for (size_t i = 0; i < layer.size(); ++i) {
      double half = items_[layer[i]].width / 2;
      if (i > 0) at += items_[layer[i - 1]].width / 2 + spacing_.between + half;
      offsets.push_back(at);
      blocks.push_back({wanted[i] - at, 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].place() >= blocks.back().place()) {
        Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().count += last.count;
      }
    }
    size_t i = 0;
    for (const Block& block : blocks) {
      for (size_t k = 0; k < block.count; ++k, ++i) {
        items_[layer[i]].center = block.place() + offsets[i];
      }
    }
  }

  Point Place() {
    double left = items_.empty() ? 0 : items_[0].center;
    double right = left;
    for (const Item& item : items_) {
      left = std::min(left, item.center - item.width / 2);
      right = std::max(right, item.center + item.width / 2);
    }
    for (Item& item : items_) item.center += spacing_.margin - left;
    std::vector<double> tops;
    std::vector<double> heights;
    double y = spacing_.margin;
    for (const std::vector<size_t>& layer : layers_) {
      double height = 0;
      for (size_t item : layer) {
        if (item < boxes_.size()) height = std::max(height, boxes_[item].height);
      }
      tops.push_back(y);
      heights.push_back(height);
      y += height + spacing_.layers;
    }
    for (size_t box = 0; box < boxes_.size(); ++box) {
      boxes_[box].x = items_[box].center - boxes_[box].width / 2;
      boxes_[box].y = tops[rank_[box]];
    }
    for (size_t i = 0; i < edges_.size(); ++i) Lead(i, tops, heights);
    double bottom = y - spacing_.layers + spacing_.margin;
    return {right - left + 2 * spacing_.margin, boxes_.empty() ? 2 * spacing_.margin : bottom};
  }

  void Lead(size_t number, const std::vector<double>& tops, const std::vector<double>& heights) {
    Edge& edge = edges_[number];
    const std::vector<size_t>& path = paths_[number];
    const Box& from = boxes_[edge.from];
    const Box& to = boxes_[edge.to];
    double start = Port(edge.from, number, false);
    edge.points.push_back({start, from.y + from.height});
    // Past the taller boxes beside it.
    double bottom = tops[rank_[edge.from]] + heights[rank_[edge.from]];
    if (bottom > from.y + from.height) edge.points.push_back({start, bottom});
    for (size_t i = 1; i + 1 < path.size(); ++i) {
      size_t layer = rank_[edge.from] + i;
      double x = items_[path[i]].center;
      edge.points.push_back({x, tops[layer]});
      edge.points.push_back({x, tops[layer] + heights[layer]});
    }
    edge.points.push_back({Port(edge.to, number, true), to.y});
  }

  // Where edge `number` meets the box: side by side with the others, in the order of where they
  // lead.
  double Port(size_t box, size_t number, bool above) const {
    std::vector<std::pair<double, size_t>> all;
    for (size_t i = 0; i < edges_.size(); ++i) {
      if ((above ? edges_[i].to : edges_[i].from) != box) continue;
      const std::vector<size_t>& path = paths_[i];
      size_t next = above ? path[path.size() - 2] : path[1];
      all.push_back({items_[next].center, i});
    }
    std::sort(all.begin(), all.end());
    size_t place = 0;
    while (all[place].second != number) ++place;
    double share = (static_cast<double>(place) + 1) / (static_cast<double>(all.size()) + 1);
    double apart = above ? kArrowsApart : kLinesApart;
    double room = std::min(boxes_[box].width * 0.9, apart * static_cast<double>(all.size() + 1));
    return items_[box].center + (share - 0.5) * room;
  }

  const Spacing& spacing_;
  std::vector<Box>& boxes_;
  std::vector<Edge>& edges_;
  std::vector<size_t> rank_;
  std::vector<Item> items_;  // boxes first, under their own numbers
  std::vector<std::vector<size_t>> layers_;
  std::vector<std::vector<size_t>> paths_;  // of edges, over items
  std::vector<size_t> places_;              // of items, in their layers
};

}  // namespace

void LayOut(const Spacing& spacing, std::vector<Box>* boxes, std::vector<Edge>* edges,
            Point* size) {
  *size = Layout(spacing, boxes, edges).Run();
}

}  // namespace flow::plan
