#pragma once
// Layered layout of a graph without cycles, from top to bottom: inputs above, as few crossings and
// as straight lines as simple means give. The same graph has always the same layout.

#include <cstddef>
#include <vector>

namespace flow::plan {

struct Box {
  double width = 0;
  double height = 0;
  double x = 0;  // left
  double y = 0;  // top
};

struct Point {
  double x = 0;
  double y = 0;
};

struct Edge {
  size_t from = 0;
  size_t to = 0;
  std::vector<Point> points;  // from the lower edge of one box to the upper edge of the other
};

struct Spacing {
  double between = 24;  // boxes of one layer
  double layers = 44;
  double margin = 16;
};

// Places the boxes and leads the edges, each from a box that stands before the other in the list.
// Gives width and height of the whole in `size`.
void LayOut(const Spacing& spacing, std::vector<Box>* boxes, std::vector<Edge>* edges, Point* size);

}  // namespace flow::plan
