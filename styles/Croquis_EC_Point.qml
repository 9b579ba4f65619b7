<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis hasScaleBasedVisibilityFlag="0" labelsEnabled="1" maxScale="0" minScale="100000000" readOnly="1" simplifyAlgorithm="0" simplifyDrawingHints="1" simplifyDrawingTol="1" simplifyLocal="1" simplifyMaxScale="1" styleCategories="LayerConfiguration|Symbology|Labeling|Fields|Forms|Actions|MapTips|AttributeTable|Rendering" symbologyReferenceScale="-1" version="3.22.0-Białowieża">
 <flags>
  <Identifiable>1</Identifiable>
  <Removable>1</Removable>
  <Searchable>1</Searchable>
  <Private>0</Private>
 </flags>
 <renderer-v2 enableorderby="0" forceraster="0" referencescale="-1" symbollevels="0" type="RuleRenderer">
  <rules key="root">
   <rule filter="lower(&quot;Type&quot;) = 'texte'" key="Texte" label="Texte" symbol="0" />
   <rule filter="ELSE" key="Point" label="Point" symbol="1" />
  </rules>
  <symbols>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="0" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="diamond" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="1" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" type="Map">
        <Option name="name" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="coalesce(map_get(map('circle', 'circle', 'square', 'square', 'triangle', 'triangle', 'star', 'star', 'cross', 'cross_fill', 'x', 'cross2'), coalesce(try(map_get(json_to_map(&quot;Style&quot;), 'graphicName'), NULL), try(map_get(json_to_map(&quot;Attributs&quot;), 'nature'), NULL))), 'diamond')" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="size" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(&quot;Taille&quot; &gt; 0, max(1, min(&quot;Taille&quot;, 12)), NULL) * 0.555556" />
         <Option name="type" type="int" value="3" />
        </Option>
       </Option>
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="106,132,82,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="diamond" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="61,79,45,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="1" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" type="Map">
        <Option name="fillColor" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="set_color_part(coalesce(if(regexp_match(&quot;Couleur_fond&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur_fond&quot;, NULL), if(regexp_match(&quot;Couleur&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur&quot;, NULL)), 'alpha', 255)" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="name" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="coalesce(map_get(map('circle', 'circle', 'square', 'square', 'triangle', 'triangle', 'star', 'star', 'cross', 'cross_fill', 'x', 'cross2'), coalesce(try(map_get(json_to_map(&quot;Style&quot;), 'graphicName'), NULL), try(map_get(json_to_map(&quot;Attributs&quot;), 'nature'), NULL))), 'diamond')" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="outlineColor" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(regexp_match(&quot;Couleur&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur&quot;, NULL)" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="size" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(&quot;Taille&quot; &gt; 0, max(1, min(&quot;Taille&quot;, 12)), NULL) * 0.555556" />
         <Option name="type" type="int" value="3" />
        </Option>
       </Option>
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
   <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="1" type="marker">
    <data_defined_properties>
     <Option type="Map">
      <Option name="name" type="QString" value="" />
      <Option name="properties" />
      <Option name="type" type="QString" value="collection" />
     </Option>
    </data_defined_properties>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="255,255,255,225" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="diamond" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="255,255,255,225" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.9" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="1.8" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" type="Map">
        <Option name="name" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="coalesce(map_get(map('circle', 'circle', 'square', 'square', 'triangle', 'triangle', 'star', 'star', 'cross', 'cross_fill', 'x', 'cross2'), coalesce(try(map_get(json_to_map(&quot;Style&quot;), 'graphicName'), NULL), try(map_get(json_to_map(&quot;Attributs&quot;), 'nature'), NULL))), 'diamond')" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="size" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(&quot;Taille&quot; &gt; 0, max(1, min(&quot;Taille&quot;, 12)), NULL) * 1" />
         <Option name="type" type="int" value="3" />
        </Option>
       </Option>
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
    <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option name="angle" type="QString" value="0" />
      <Option name="cap_style" type="QString" value="round" />
      <Option name="color" type="QString" value="106,132,82,255" />
      <Option name="horizontal_anchor_point" type="QString" value="1" />
      <Option name="joinstyle" type="QString" value="round" />
      <Option name="name" type="QString" value="diamond" />
      <Option name="offset" type="QString" value="0,0" />
      <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="offset_unit" type="QString" value="MM" />
      <Option name="outline_color" type="QString" value="61,79,45,255" />
      <Option name="outline_style" type="QString" value="solid" />
      <Option name="outline_width" type="QString" value="0.2" />
      <Option name="outline_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="outline_width_unit" type="QString" value="MM" />
      <Option name="scale_method" type="QString" value="diameter" />
      <Option name="size" type="QString" value="1.8" />
      <Option name="size_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
      <Option name="size_unit" type="QString" value="MM" />
      <Option name="vertical_anchor_point" type="QString" value="1" />
     </Option>
     <data_defined_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" type="Map">
        <Option name="fillColor" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="set_color_part(coalesce(if(regexp_match(&quot;Couleur_fond&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur_fond&quot;, NULL), if(regexp_match(&quot;Couleur&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur&quot;, NULL)), 'alpha', 255)" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="name" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="coalesce(map_get(map('circle', 'circle', 'square', 'square', 'triangle', 'triangle', 'star', 'star', 'cross', 'cross_fill', 'x', 'cross2'), coalesce(try(map_get(json_to_map(&quot;Style&quot;), 'graphicName'), NULL), try(map_get(json_to_map(&quot;Attributs&quot;), 'nature'), NULL))), 'diamond')" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="outlineColor" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(regexp_match(&quot;Couleur&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur&quot;, NULL)" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="size" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(&quot;Taille&quot; &gt; 0, max(1, min(&quot;Taille&quot;, 12)), NULL) * 1" />
         <Option name="type" type="int" value="3" />
        </Option>
       </Option>
       <Option name="type" type="QString" value="collection" />
      </Option>
     </data_defined_properties>
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <labeling type="rule-based">
  <rules key="root">
   <rule description="Texte" filter="lower(&quot;Type&quot;) = 'texte'" key="Texte">
    <settings calloutType="simple">
     <text-style allowHtml="0" blendMode="0" capitalization="0" fieldName="&quot;Texte&quot;" fontItalic="0" fontKerning="1" fontLetterSpacing="0" fontSize="10" fontSizeMapUnitScale="3x:0,0,0,0,0,0" fontSizeUnit="Point" fontStrikeout="0" fontUnderline="0" fontWeight="75" fontWordSpacing="0" isExpression="1" legendString="Aa" multilineHeight="1" previewBkgrdColor="255,255,255,255" textColor="32,33,36,255" textOpacity="1" textOrientation="horizontal" useSubstitutions="0">
      <families />
      <text-buffer bufferBlendMode="0" bufferColor="255,255,255,255" bufferDraw="1" bufferJoinStyle="128" bufferNoFill="1" bufferOpacity="1" bufferSize="0.90000000000000002" bufferSizeMapUnitScale="3x:0,0,0,0,0,0" bufferSizeUnits="MM" />
      <text-mask maskEnabled="0" maskJoinStyle="128" maskOpacity="1" maskSize="1.5" maskSizeMapUnitScale="3x:0,0,0,0,0,0" maskSizeUnits="MM" maskType="0" maskedSymbolLayers="" />
      <background shapeBlendMode="0" shapeBorderColor="128,128,128,255" shapeBorderWidth="0" shapeBorderWidthMapUnitScale="3x:0,0,0,0,0,0" shapeBorderWidthUnit="MM" shapeDraw="0" shapeFillColor="255,255,255,255" shapeJoinStyle="64" shapeOffsetMapUnitScale="3x:0,0,0,0,0,0" shapeOffsetUnit="MM" shapeOffsetX="0" shapeOffsetY="0" shapeOpacity="1" shapeRadiiMapUnitScale="3x:0,0,0,0,0,0" shapeRadiiUnit="MM" shapeRadiiX="0" shapeRadiiY="0" shapeRotation="0" shapeRotationType="0" shapeSVGFile="" shapeSizeMapUnitScale="3x:0,0,0,0,0,0" shapeSizeType="0" shapeSizeUnit="MM" shapeSizeX="0" shapeSizeY="0" shapeType="0">
       <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="fillSymbol" type="fill">
        <data_defined_properties>
         <Option type="Map">
          <Option name="name" type="QString" value="" />
          <Option name="properties" />
          <Option name="type" type="QString" value="collection" />
         </Option>
        </data_defined_properties>
        <layer class="SimpleFill" enabled="1" locked="0" pass="0">
         <Option type="Map">
          <Option name="border_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
          <Option name="color" type="QString" value="255,255,255,255" />
          <Option name="joinstyle" type="QString" value="bevel" />
          <Option name="offset" type="QString" value="0,0" />
          <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
          <Option name="offset_unit" type="QString" value="MM" />
          <Option name="outline_color" type="QString" value="128,128,128,255" />
          <Option name="outline_style" type="QString" value="no" />
          <Option name="outline_width" type="QString" value="0" />
          <Option name="outline_width_unit" type="QString" value="MM" />
          <Option name="style" type="QString" value="solid" />
         </Option>
         <data_defined_properties>
          <Option type="Map">
           <Option name="name" type="QString" value="" />
           <Option name="properties" />
           <Option name="type" type="QString" value="collection" />
          </Option>
         </data_defined_properties>
        </layer>
       </symbol>
      </background>
      <shadow shadowBlendMode="6" shadowColor="0,0,0,255" shadowDraw="0" shadowOffsetAngle="135" shadowOffsetDist="1" shadowOffsetGlobal="1" shadowOffsetMapUnitScale="3x:0,0,0,0,0,0" shadowOffsetUnit="MM" shadowOpacity="0.69999999999999996" shadowRadius="1.5" shadowRadiusAlphaOnly="0" shadowRadiusMapUnitScale="3x:0,0,0,0,0,0" shadowRadiusUnit="MM" shadowScale="100" shadowUnder="0" />
      <dd_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </dd_properties>
      <substitutions />
     </text-style>
     <text-format addDirectionSymbol="0" autoWrapLength="0" decimals="3" formatNumbers="0" leftDirectionSymbol="&lt;" multilineAlign="3" placeDirectionSymbol="0" plussign="0" reverseDirectionSymbol="0" rightDirectionSymbol="&gt;" useMaxLineLengthForAutoWrap="1" wrapChar="" />
     <placement centroidInside="0" centroidWhole="0" dist="0" distMapUnitScale="3x:0,0,0,0,0,0" distUnits="MM" fitInPolygonOnly="0" geometryGenerator="" geometryGeneratorEnabled="0" geometryGeneratorType="PointGeometry" labelOffsetMapUnitScale="3x:0,0,0,0,0,0" layerType="UnknownGeometry" lineAnchorClipping="0" lineAnchorPercent="0.5" lineAnchorType="0" maxCurvedCharAngleIn="25" maxCurvedCharAngleOut="-25" offsetType="0" offsetUnits="MM" overrunDistance="0" overrunDistanceMapUnitScale="3x:0,0,0,0,0,0" overrunDistanceUnit="MM" placement="1" placementFlags="10" polygonPlacementFlags="2" predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR" preserveRotation="1" priority="5" quadOffset="4" repeatDistance="0" repeatDistanceMapUnitScale="3x:0,0,0,0,0,0" repeatDistanceUnits="MM" rotationAngle="0" rotationUnit="AngleDegrees" xOffset="0" yOffset="-2.6000000000000001" />
     <rendering displayAll="1" drawLabels="1" fontLimitPixelSize="0" fontMaxPixelSize="10000" fontMinPixelSize="0" labelPerPart="0" limitNumLabels="0" maxNumLabels="2000" mergeLines="0" minFeatureSize="0" obstacle="1" obstacleFactor="1" obstacleType="1" scaleMax="50000" scaleMin="0" scaleVisibility="1" unplacedVisibility="0" upsidedownLabels="0" zIndex="0" />
     <dd_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" type="Map">
        <Option name="BufferColor" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="if(color_part(if(regexp_match(&quot;Couleur&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur&quot;, NULL), 'lightness') &gt; 45, '32,33,36', NULL)" />
         <Option name="type" type="int" value="3" />
        </Option>
        <Option name="Color" type="Map">
         <Option name="active" type="bool" value="true" />
         <Option name="expression" type="QString" value="set_color_part(if(regexp_match(&quot;Couleur&quot;, '^[0-9]+,[0-9]+,[0-9]+') &gt; 0, &quot;Couleur&quot;, NULL), 'alpha', 255)" />
         <Option name="type" type="int" value="3" />
        </Option>
       </Option>
       <Option name="type" type="QString" value="collection" />
      </Option>
     </dd_properties>
    </settings>
   </rule>
   <rule description="Nom" filter="ELSE" key="Nom">
    <settings calloutType="simple">
     <text-style allowHtml="0" blendMode="0" capitalization="0" fieldName="coalesce(nullif(&quot;Nom&quot;, ''), &quot;Texte&quot;)" fontItalic="0" fontKerning="1" fontLetterSpacing="0" fontSize="8" fontSizeMapUnitScale="3x:0,0,0,0,0,0" fontSizeUnit="Point" fontStrikeout="0" fontUnderline="0" fontWeight="50" fontWordSpacing="0" isExpression="1" legendString="Aa" multilineHeight="1" previewBkgrdColor="255,255,255,255" textColor="32,33,36,255" textOpacity="1" textOrientation="horizontal" useSubstitutions="0">
      <families />
      <text-buffer bufferBlendMode="0" bufferColor="255,255,255,255" bufferDraw="1" bufferJoinStyle="128" bufferNoFill="1" bufferOpacity="1" bufferSize="0.90000000000000002" bufferSizeMapUnitScale="3x:0,0,0,0,0,0" bufferSizeUnits="MM" />
      <text-mask maskEnabled="0" maskJoinStyle="128" maskOpacity="1" maskSize="1.5" maskSizeMapUnitScale="3x:0,0,0,0,0,0" maskSizeUnits="MM" maskType="0" maskedSymbolLayers="" />
      <background shapeBlendMode="0" shapeBorderColor="128,128,128,255" shapeBorderWidth="0" shapeBorderWidthMapUnitScale="3x:0,0,0,0,0,0" shapeBorderWidthUnit="MM" shapeDraw="0" shapeFillColor="255,255,255,255" shapeJoinStyle="64" shapeOffsetMapUnitScale="3x:0,0,0,0,0,0" shapeOffsetUnit="MM" shapeOffsetX="0" shapeOffsetY="0" shapeOpacity="1" shapeRadiiMapUnitScale="3x:0,0,0,0,0,0" shapeRadiiUnit="MM" shapeRadiiX="0" shapeRadiiY="0" shapeRotation="0" shapeRotationType="0" shapeSVGFile="" shapeSizeMapUnitScale="3x:0,0,0,0,0,0" shapeSizeType="0" shapeSizeUnit="MM" shapeSizeX="0" shapeSizeY="0" shapeType="0">
       <symbol alpha="1" clip_to_extent="1" force_rhr="0" name="fillSymbol" type="fill">
        <data_defined_properties>
         <Option type="Map">
          <Option name="name" type="QString" value="" />
          <Option name="properties" />
          <Option name="type" type="QString" value="collection" />
         </Option>
        </data_defined_properties>
        <layer class="SimpleFill" enabled="1" locked="0" pass="0">
         <Option type="Map">
          <Option name="border_width_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
          <Option name="color" type="QString" value="255,255,255,255" />
          <Option name="joinstyle" type="QString" value="bevel" />
          <Option name="offset" type="QString" value="0,0" />
          <Option name="offset_map_unit_scale" type="QString" value="3x:0,0,0,0,0,0" />
          <Option name="offset_unit" type="QString" value="MM" />
          <Option name="outline_color" type="QString" value="128,128,128,255" />
          <Option name="outline_style" type="QString" value="no" />
          <Option name="outline_width" type="QString" value="0" />
          <Option name="outline_width_unit" type="QString" value="MM" />
          <Option name="style" type="QString" value="solid" />
         </Option>
         <data_defined_properties>
          <Option type="Map">
           <Option name="name" type="QString" value="" />
           <Option name="properties" />
           <Option name="type" type="QString" value="collection" />
          </Option>
         </data_defined_properties>
        </layer>
       </symbol>
      </background>
      <shadow shadowBlendMode="6" shadowColor="0,0,0,255" shadowDraw="0" shadowOffsetAngle="135" shadowOffsetDist="1" shadowOffsetGlobal="1" shadowOffsetMapUnitScale="3x:0,0,0,0,0,0" shadowOffsetUnit="MM" shadowOpacity="0.69999999999999996" shadowRadius="1.5" shadowRadiusAlphaOnly="0" shadowRadiusMapUnitScale="3x:0,0,0,0,0,0" shadowRadiusUnit="MM" shadowScale="100" shadowUnder="0" />
      <dd_properties>
       <Option type="Map">
        <Option name="name" type="QString" value="" />
        <Option name="properties" />
        <Option name="type" type="QString" value="collection" />
       </Option>
      </dd_properties>
      <substitutions />
     </text-style>
     <text-format addDirectionSymbol="0" autoWrapLength="0" decimals="3" formatNumbers="0" leftDirectionSymbol="&lt;" multilineAlign="3" placeDirectionSymbol="0" plussign="0" reverseDirectionSymbol="0" rightDirectionSymbol="&gt;" useMaxLineLengthForAutoWrap="1" wrapChar="" />
     <placement centroidInside="0" centroidWhole="0" dist="0" distMapUnitScale="3x:0,0,0,0,0,0" distUnits="MM" fitInPolygonOnly="0" geometryGenerator="" geometryGeneratorEnabled="0" geometryGeneratorType="PointGeometry" labelOffsetMapUnitScale="3x:0,0,0,0,0,0" layerType="UnknownGeometry" lineAnchorClipping="0" lineAnchorPercent="0.5" lineAnchorType="0" maxCurvedCharAngleIn="25" maxCurvedCharAngleOut="-25" offsetType="1" offsetUnits="MM" overrunDistance="0" overrunDistanceMapUnitScale="3x:0,0,0,0,0,0" overrunDistanceUnit="MM" placement="6" placementFlags="10" polygonPlacementFlags="2" predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR" preserveRotation="1" priority="5" quadOffset="4" repeatDistance="0" repeatDistanceMapUnitScale="3x:0,0,0,0,0,0" repeatDistanceUnits="MM" rotationAngle="0" rotationUnit="AngleDegrees" xOffset="0" yOffset="0" />
     <rendering displayAll="0" drawLabels="1" fontLimitPixelSize="0" fontMaxPixelSize="10000" fontMinPixelSize="0" labelPerPart="0" limitNumLabels="0" maxNumLabels="2000" mergeLines="0" minFeatureSize="0" obstacle="1" obstacleFactor="1" obstacleType="1" scaleMax="10000" scaleMin="0" scaleVisibility="1" unplacedVisibility="0" upsidedownLabels="0" zIndex="0" />
     <dd_properties>
      <Option type="Map">
       <Option name="name" type="QString" value="" />
       <Option name="properties" />
       <Option name="type" type="QString" value="collection" />
      </Option>
     </dd_properties>
    </settings>
   </rule>
  </rules>
 </labeling>
 <blendMode>0</blendMode>
 <featureBlendMode>0</featureBlendMode>
 <layerOpacity>1</layerOpacity>
 <fieldConfiguration>
  <field configurationFlags="None" name="id">
   <editWidget type="Hidden">
    <config>
     <Option />
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="NoSignalement">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Nom">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Attributs_croquis">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Lien_objet_BDUNI">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Type">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Texte">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Couleur">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Couleur_fond">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Taille">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Attributs">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Style">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Ordre">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
 </fieldConfiguration>
 <aliases>
  <alias field="id" index="0" name="Identifiant" />
  <alias field="NoSignalement" index="1" name="N° du signalement" />
  <alias field="Nom" index="2" name="Nom" />
  <alias field="Attributs_croquis" index="3" name="Attributs" />
  <alias field="Lien_objet_BDUNI" index="4" name="Objet de la BDUni" />
  <alias field="Type" index="5" name="Type de croquis" />
  <alias field="Texte" index="6" name="Texte" />
  <alias field="Couleur" index="7" name="Couleur du trait (r,v,b,a)" />
  <alias field="Couleur_fond" index="8" name="Couleur du fond (r,v,b,a)" />
  <alias field="Taille" index="9" name="Taille" />
  <alias field="Attributs" index="10" name="Attributs (JSON)" />
  <alias field="Style" index="11" name="Style (JSON)" />
  <alias field="Ordre" index="12" name="Rang dans le croquis" />
 </aliases>
 <defaults>
  <default applyOnUpdate="0" expression="" field="id" />
  <default applyOnUpdate="0" expression="" field="NoSignalement" />
  <default applyOnUpdate="0" expression="" field="Nom" />
  <default applyOnUpdate="0" expression="" field="Attributs_croquis" />
  <default applyOnUpdate="0" expression="" field="Lien_objet_BDUNI" />
  <default applyOnUpdate="0" expression="" field="Type" />
  <default applyOnUpdate="0" expression="" field="Texte" />
  <default applyOnUpdate="0" expression="" field="Couleur" />
  <default applyOnUpdate="0" expression="" field="Couleur_fond" />
  <default applyOnUpdate="0" expression="" field="Taille" />
  <default applyOnUpdate="0" expression="" field="Attributs" />
  <default applyOnUpdate="0" expression="" field="Style" />
  <default applyOnUpdate="0" expression="" field="Ordre" />
 </defaults>
 <constraints>
  <constraint constraints="0" exp_strength="0" field="id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="NoSignalement" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Nom" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Attributs_croquis" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Lien_objet_BDUNI" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Type" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Texte" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Couleur" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Couleur_fond" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Taille" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Attributs" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Style" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Ordre" notnull_strength="0" unique_strength="0" />
 </constraints>
 <constraintExpressions>
  <constraint desc="" exp="" field="id" />
  <constraint desc="" exp="" field="NoSignalement" />
  <constraint desc="" exp="" field="Nom" />
  <constraint desc="" exp="" field="Attributs_croquis" />
  <constraint desc="" exp="" field="Lien_objet_BDUNI" />
  <constraint desc="" exp="" field="Type" />
  <constraint desc="" exp="" field="Texte" />
  <constraint desc="" exp="" field="Couleur" />
  <constraint desc="" exp="" field="Couleur_fond" />
  <constraint desc="" exp="" field="Taille" />
  <constraint desc="" exp="" field="Attributs" />
  <constraint desc="" exp="" field="Style" />
  <constraint desc="" exp="" field="Ordre" />
 </constraintExpressions>
 <expressionfields />
 <attributeactions />
 <attributetableconfig actionWidgetStyle="dropDown" sortExpression="&quot;NoSignalement&quot;" sortOrder="1">
  <columns>
   <column hidden="0" name="NoSignalement" type="field" width="140" />
   <column hidden="0" name="Type" type="field" width="120" />
   <column hidden="0" name="Nom" type="field" width="180" />
   <column hidden="0" name="Texte" type="field" width="180" />
   <column hidden="0" name="Attributs_croquis" type="field" width="360" />
   <column hidden="0" name="Taille" type="field" width="70" />
   <column hidden="1" name="id" type="field" width="-1" />
   <column hidden="1" name="Lien_objet_BDUNI" type="field" width="-1" />
   <column hidden="1" name="Couleur" type="field" width="-1" />
   <column hidden="1" name="Couleur_fond" type="field" width="-1" />
   <column hidden="1" name="Attributs" type="field" width="-1" />
   <column hidden="1" name="Style" type="field" width="-1" />
   <column hidden="1" name="Ordre" type="field" width="-1" />
   <column hidden="1" type="actions" width="-1" />
  </columns>
 </attributetableconfig>
 <conditionalstyles>
  <rowstyles />
  <fieldstyles />
 </conditionalstyles>
 <storedexpressions />
 <editform tolerant="1" />
 <editforminit />
 <editforminitcodesource>0</editforminitcodesource>
 <editforminitfilepath />
 <editforminitcode />
 <featformsuppress>0</featformsuppress>
 <editorlayout>tablayout</editorlayout>
 <attributeEditorForm>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Croquis" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="1" name="NoSignalement" showLabel="1" />
   <attributeEditorField index="5" name="Type" showLabel="1" />
   <attributeEditorField index="2" name="Nom" showLabel="1" />
   <attributeEditorField index="6" name="Texte" showLabel="1" />
   <attributeEditorField index="3" name="Attributs_croquis" showLabel="1" />
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Détails" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="7" name="Couleur" showLabel="1" />
   <attributeEditorField index="8" name="Couleur_fond" showLabel="1" />
   <attributeEditorField index="9" name="Taille" showLabel="1" />
   <attributeEditorField index="12" name="Ordre" showLabel="1" />
   <attributeEditorField index="4" name="Lien_objet_BDUNI" showLabel="1" />
   <attributeEditorField index="10" name="Attributs" showLabel="1" />
   <attributeEditorField index="11" name="Style" showLabel="1" />
  </attributeEditorContainer>
 </attributeEditorForm>
 <editable>
  <field editable="0" name="Attributs" />
  <field editable="0" name="Attributs_croquis" />
  <field editable="0" name="Couleur" />
  <field editable="0" name="Couleur_fond" />
  <field editable="0" name="Lien_objet_BDUNI" />
  <field editable="0" name="NoSignalement" />
  <field editable="0" name="Nom" />
  <field editable="0" name="Ordre" />
  <field editable="0" name="Style" />
  <field editable="0" name="Taille" />
  <field editable="0" name="Texte" />
  <field editable="0" name="Type" />
  <field editable="0" name="id" />
 </editable>
 <labelOnTop>
  <field labelOnTop="1" name="Attributs" />
  <field labelOnTop="1" name="Attributs_croquis" />
  <field labelOnTop="0" name="Couleur" />
  <field labelOnTop="0" name="Couleur_fond" />
  <field labelOnTop="0" name="Lien_objet_BDUNI" />
  <field labelOnTop="0" name="NoSignalement" />
  <field labelOnTop="0" name="Nom" />
  <field labelOnTop="0" name="Ordre" />
  <field labelOnTop="1" name="Style" />
  <field labelOnTop="0" name="Taille" />
  <field labelOnTop="0" name="Texte" />
  <field labelOnTop="0" name="Type" />
  <field labelOnTop="0" name="id" />
 </labelOnTop>
 <reuseLastValue />
 <dataDefinedFieldProperties />
 <widgets />
 <previewExpression>coalesce("Type", 'Croquis') || coalesce(' – ' || coalesce(nullif("Nom", ''), nullif("Texte", '')), '')</previewExpression>
 <mapTip>&lt;div style="width:360px"&gt;
&lt;table width="100%" bgcolor="#ffffff" cellspacing="2" cellpadding="2" style="font-family:sans-serif;font-size:12px;color:#202124"&gt;
&lt;tr&gt;&lt;td colspan="2"&gt;&lt;b style="font-size:15px"&gt;Croquis [% coalesce(try(replace(replace(replace(replace(replace(to_string("Nom"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;'), ''), '') %]&lt;/b&gt;&lt;/td&gt;&lt;/tr&gt;
[% coalesce(try(if(trim(coalesce(to_string("NoSignalement"), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Signalement&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string("NoSignalement"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string("Type"), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Type&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string("Type"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string("Texte"), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td valign="top" width="92" style="color:#5f6368"&gt;Texte&lt;/td&gt;&lt;td&gt;' || replace(replace(replace(replace(replace(to_string("Texte"), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
[% coalesce(try(if(trim(coalesce(to_string(replace("Attributs_croquis", '|', '\n')), '')) &lt;&gt; '', '&lt;tr&gt;&lt;td colspan="2" bgcolor="#f1f3f4"&gt;' || replace(replace(replace(replace(replace(replace(to_string(if(length(replace("Attributs_croquis", '|', '\n')) &gt; 600, trim(left(replace("Attributs_croquis", '|', '\n'), 600)) || '…', replace("Attributs_croquis", '|', '\n'))), '&amp;', '&amp;amp;'), '&lt;', '&amp;lt;'), '&gt;', '&amp;gt;'), '"', '&amp;quot;'), '''', '&amp;#39;'), '\n', '&lt;br&gt;') || '&lt;/td&gt;&lt;/tr&gt;', ''), ''), '') %]
&lt;/table&gt;
&lt;/div&gt;</mapTip>
 <layerGeometryType>0</layerGeometryType>
</qgis>
