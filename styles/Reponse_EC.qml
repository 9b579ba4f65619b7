<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis readOnly="1" styleCategories="LayerConfiguration|Fields|Forms|Actions|AttributeTable" version="3.22.0-Białowieża">
 <flags>
  <Identifiable>1</Identifiable>
  <Removable>1</Removable>
  <Searchable>1</Searchable>
  <Private>0</Private>
 </flags>
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
  <field configurationFlags="None" name="Auteur">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Auteur_id">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Titre">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Contenu">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="true" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Statut">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Statut_libellé">
   <editWidget type="TextEdit">
    <config>
     <Option type="Map">
      <Option name="IsMultiline" type="bool" value="false" />
      <Option name="UseHtml" type="bool" value="false" />
     </Option>
    </config>
   </editWidget>
  </field>
  <field configurationFlags="None" name="Date">
   <editWidget type="DateTime">
    <config>
     <Option type="Map">
      <Option name="allow_null" type="bool" value="true" />
      <Option name="calendar_popup" type="bool" value="false" />
      <Option name="display_format" type="QString" value="dd/MM/yyyy HH:mm" />
      <Option name="field_format" type="QString" value="yyyy-MM-dd HH:mm:ss" />
      <Option name="field_iso_format" type="bool" value="true" />
     </Option>
    </config>
   </editWidget>
  </field>
 </fieldConfiguration>
 <aliases>
  <alias field="id" index="0" name="Identifiant" />
  <alias field="NoSignalement" index="1" name="N° du signalement" />
  <alias field="Ordre" index="2" name="Rang (1 = la plus ancienne)" />
  <alias field="Auteur" index="3" name="Auteur" />
  <alias field="Auteur_id" index="4" name="Identifiant de l'auteur" />
  <alias field="Titre" index="5" name="Titre" />
  <alias field="Contenu" index="6" name="Réponse" />
  <alias field="Statut" index="7" name="Code du statut" />
  <alias field="Statut_libellé" index="8" name="Statut donné" />
  <alias field="Date" index="9" name="Date" />
 </aliases>
 <defaults>
  <default applyOnUpdate="0" expression="" field="id" />
  <default applyOnUpdate="0" expression="" field="NoSignalement" />
  <default applyOnUpdate="0" expression="" field="Ordre" />
  <default applyOnUpdate="0" expression="" field="Auteur" />
  <default applyOnUpdate="0" expression="" field="Auteur_id" />
  <default applyOnUpdate="0" expression="" field="Titre" />
  <default applyOnUpdate="0" expression="" field="Contenu" />
  <default applyOnUpdate="0" expression="" field="Statut" />
  <default applyOnUpdate="0" expression="" field="Statut_libellé" />
  <default applyOnUpdate="0" expression="" field="Date" />
 </defaults>
 <constraints>
  <constraint constraints="0" exp_strength="0" field="id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="NoSignalement" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Ordre" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Auteur" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Auteur_id" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Titre" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Contenu" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Statut" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Statut_libellé" notnull_strength="0" unique_strength="0" />
  <constraint constraints="0" exp_strength="0" field="Date" notnull_strength="0" unique_strength="0" />
 </constraints>
 <constraintExpressions>
  <constraint desc="" exp="" field="id" />
  <constraint desc="" exp="" field="NoSignalement" />
  <constraint desc="" exp="" field="Ordre" />
  <constraint desc="" exp="" field="Auteur" />
  <constraint desc="" exp="" field="Auteur_id" />
  <constraint desc="" exp="" field="Titre" />
  <constraint desc="" exp="" field="Contenu" />
  <constraint desc="" exp="" field="Statut" />
  <constraint desc="" exp="" field="Statut_libellé" />
  <constraint desc="" exp="" field="Date" />
 </constraintExpressions>
 <expressionfields />
 <attributeactions />
 <attributetableconfig actionWidgetStyle="dropDown" sortExpression="&quot;Date&quot;" sortOrder="1">
  <columns>
   <column hidden="0" name="NoSignalement" type="field" width="140" />
   <column hidden="0" name="Date" type="field" width="135" />
   <column hidden="0" name="Auteur" type="field" width="130" />
   <column hidden="0" name="Statut_libellé" type="field" width="220" />
   <column hidden="0" name="Titre" type="field" width="180" />
   <column hidden="0" name="Contenu" type="field" width="420" />
   <column hidden="1" name="id" type="field" width="-1" />
   <column hidden="1" name="Ordre" type="field" width="-1" />
   <column hidden="1" name="Auteur_id" type="field" width="-1" />
   <column hidden="1" name="Statut" type="field" width="-1" />
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
  <attributeEditorContainer columnCount="1" groupBox="0" name="Réponse" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="3" name="Auteur" showLabel="1" />
   <attributeEditorField index="9" name="Date" showLabel="1" />
   <attributeEditorField index="8" name="Statut_libellé" showLabel="1" />
   <attributeEditorField index="5" name="Titre" showLabel="1" />
   <attributeEditorField index="6" name="Contenu" showLabel="1" />
  </attributeEditorContainer>
  <attributeEditorContainer columnCount="1" groupBox="0" name="Détails" showLabel="1" visibilityExpression="" visibilityExpressionEnabled="0">
   <attributeEditorField index="1" name="NoSignalement" showLabel="1" />
   <attributeEditorField index="2" name="Ordre" showLabel="1" />
   <attributeEditorField index="7" name="Statut" showLabel="1" />
   <attributeEditorField index="4" name="Auteur_id" showLabel="1" />
  </attributeEditorContainer>
 </attributeEditorForm>
 <editable>
  <field editable="0" name="Auteur" />
  <field editable="0" name="Auteur_id" />
  <field editable="0" name="Contenu" />
  <field editable="0" name="Date" />
  <field editable="0" name="NoSignalement" />
  <field editable="0" name="Ordre" />
  <field editable="0" name="Statut" />
  <field editable="0" name="Statut_libellé" />
  <field editable="0" name="Titre" />
  <field editable="0" name="id" />
 </editable>
 <labelOnTop>
  <field labelOnTop="0" name="Auteur" />
  <field labelOnTop="0" name="Auteur_id" />
  <field labelOnTop="1" name="Contenu" />
  <field labelOnTop="0" name="Date" />
  <field labelOnTop="0" name="NoSignalement" />
  <field labelOnTop="0" name="Ordre" />
  <field labelOnTop="0" name="Statut" />
  <field labelOnTop="0" name="Statut_libellé" />
  <field labelOnTop="0" name="Titre" />
  <field labelOnTop="0" name="id" />
 </labelOnTop>
 <reuseLastValue />
 <dataDefinedFieldProperties />
 <widgets />
 <previewExpression>coalesce("Ordre" || '. ', '') || coalesce(format_date("Date", 'dd/MM/yyyy') || ' – ', '') || coalesce("Auteur", 'anonyme')</previewExpression>
 <layerGeometryType>4</layerGeometryType>
</qgis>
